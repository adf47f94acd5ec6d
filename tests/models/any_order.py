"""How long the tests of sequences nobody thought of search: one setting for all of them."""

from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test


def run_in_any_order(machine: type[RuleBasedStateMachine]) -> None:
    """Run the machine's steps in many orders, the same ones every time."""
    steps = settings(
        max_examples=12,
        stateful_step_count=25,
        derandomize=True,
        database=None,
    )
    run_state_machine_as_test(machine, settings=steps)
