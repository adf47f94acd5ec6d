"""Verbs: the only code that writes.

A verb is a function ``verb(session, record, *, by, ...)``: it checks the state by the rules, writes, adds audit and job
rows, flushes. It never commits, sends, indexes or reads a request. It raises a DomainError a person can read.
"""
