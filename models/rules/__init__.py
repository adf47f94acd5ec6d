"""Pure decisions on plain values: no session, no clock of their own, no input or output."""
