"""One module an area, each with its blueprint ``bp``; endpoint achievements.edit renders achievements/edit.html."""
