"""The business: nouns, decisions, questions and verbs. Knows no web, no search engine, no Flask."""
