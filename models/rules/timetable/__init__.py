"""The timetable of 1:1 meetings: which of the wished meetings take place, and when, with a proof of how good that is."""

from models.rules.timetable.bound import Certificate
from models.rules.timetable.breaks import breaks_of, close_breaks
from models.rules.timetable.comparing import Difference, Share, compare, shares
from models.rules.timetable.editing import Entries, Entry, Hindered, free_tables, hindered, may_swap
from models.rules.timetable.held import Held, hold_all
from models.rules.timetable.planning import Effort, Outcome, plan_day, with_fewer_breaks
from models.rules.timetable.problem import UNLIMITED, Person, Plan, Problem, Wish, check_problem, mask, weight
from models.rules.timetable.reasons import Reason, Why, reasons
from models.rules.timetable.replanning import Replanned, replan
from models.rules.timetable.seating import Seated, seat

__all__ = [
    "UNLIMITED", "Certificate", "Difference", "Effort", "Entries", "Entry", "Held", "Hindered", "Outcome", "Person", "Plan", "Problem", "Reason", "Replanned", "Seated", "Share", "Why", "Wish",
    "breaks_of", "check_problem", "close_breaks", "compare", "free_tables", "hindered", "hold_all", "mask", "may_swap", "plan_day", "reasons", "replan", "seat", "shares", "weight",
    "with_fewer_breaks",
]  # fmt: skip
