"""The timetable of 1:1 meetings: which of the wished meetings take place, and when, with a proof of how good that is."""

from models.rules.timetable.bound import Certificate
from models.rules.timetable.breaks import breaks_of, close_breaks
from models.rules.timetable.doubts import Doubt, Doubtful, doubts
from models.rules.timetable.held import Held, hold_all
from models.rules.timetable.planning import Effort, Outcome, plan_day, with_fewer_breaks
from models.rules.timetable.problem import UNLIMITED, Limit, Person, Plan, Problem, Wish, check_problem, mask, weight
from models.rules.timetable.reasons import Reason, Why, reasons
from models.rules.timetable.replanning import Replanned, replan

__all__ = [
    "UNLIMITED", "Certificate", "Doubt", "Doubtful", "Effort", "Held", "Limit", "Outcome", "Person", "Plan", "Problem", "Reason", "Replanned", "Why", "Wish",
    "breaks_of", "check_problem", "close_breaks", "doubts", "hold_all", "mask", "plan_day", "reasons", "replan", "weight",
    "with_fewer_breaks",
]  # fmt: skip
