"""What a person does with the data kept about them: correct, export, delete. (Consent: consents.py.)"""

from sqlalchemy.orm import Session

from models.actions import audit
from models.actions.accounts import own_account
from models.actions.forgetting import deidentify
from models.actions.people import end_membership
from models.errors import N_, Invalid
from models.queries.people import present_membership
from models.rules.policy import Actor
from models.tables import Person


def correct(session: Session, *, name: str, title: str, phone: str, by: Actor) -> None:
    """Change one's own name, title or telephone number. (The address: accounts.request_new_email.)"""
    person = own_account(session, by).person
    values = {"name": name.strip(), "title": title.strip(), "phone": phone.strip()}
    if not values["name"]:
        raise Invalid(N_("Please type your name."), field="name")
    changed = sorted(key for key, value in values.items() if getattr(person, key) != value)
    for key in changed:
        setattr(person, key, values[key])
    if changed:
        audit.record(session, "person.edit", person, by=by, changed=changed)
    session.flush()


def note_export(session: Session, *, by: Actor) -> None:
    """Every export leaves an audit row, one's own too."""
    audit.record(session, "my_data.export", own_account(session, by).person, by=by)
    session.flush()


def delete(session: Session, *, by: Actor, successor: Person | None = None) -> None:
    """Leave the organisation, hand over the work, de-identify the person, shut the account.

    Raises as `people.end_membership`: a successor where work is open, another manager where colleagues stay.
    """
    account = own_account(session, by)
    membership = present_membership(session, account.person_id)
    if membership is not None:
        end_membership(session, membership, by=by, successor=successor)
    deidentify(session, account.person, by=by)
    session.flush()
