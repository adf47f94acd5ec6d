"""wishes from both sides, absences, limits, venues"""

from datetime import timedelta

import sqlalchemy as sa
from alembic import op

revision = '0010'
down_revision = '0009'
branch_labels = None
depends_on = None

SIDES = "declined_side IS NULL OR (declined_side = 'seeker' AND seeker_strength IS NULL) OR (declined_side = 'provider' AND provider_strength IS NULL)"


def upgrade() -> None:
    op.create_table('meeting_limit',
    sa.Column('match_session_id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=True),
    sa.Column('organisation_id', sa.Integer(), nullable=True),
    sa.Column('most', sa.Integer(), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.CheckConstraint('(person_id IS NULL) <> (organisation_id IS NULL)', name=op.f('ck_meeting_limit_person_or_organisation')),
    sa.CheckConstraint('most > 0', name=op.f('ck_meeting_limit_most')),
    sa.ForeignKeyConstraint(['match_session_id'], ['match_session.id'], name=op.f('fk_meeting_limit_match_session_id')),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisation.id'], name=op.f('fk_meeting_limit_organisation_id')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_meeting_limit_person_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_meeting_limit')),
    sa.UniqueConstraint('match_session_id', 'organisation_id', name=op.f('uq_meeting_limit_match_session_id_organisation_id')),
    sa.UniqueConstraint('match_session_id', 'person_id', name=op.f('uq_meeting_limit_match_session_id_person_id'))
    )
    with op.batch_alter_table('meeting_limit', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_meeting_limit_organisation_id'), ['organisation_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_meeting_limit_person_id'), ['person_id'], unique=False)

    op.create_table('absence',
    sa.Column('slot_id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_absence_person_id')),
    sa.ForeignKeyConstraint(['slot_id'], ['slot.id'], name=op.f('fk_absence_slot_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_absence')),
    sa.UniqueConstraint('slot_id', 'person_id', name=op.f('uq_absence_slot_id_person_id'))
    )
    with op.batch_alter_table('absence', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_absence_person_id'), ['person_id'], unique=False)

    with op.batch_alter_table('match_session', schema=None) as batch_op:
        batch_op.add_column(sa.Column('wishes_close_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('wishes_reminded_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('most_of_person', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('most_of_organisation', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('walking_minutes', sa.Integer(), nullable=True))
    _fill_sessions()
    with op.batch_alter_table('match_session', schema=None) as batch_op:
        batch_op.alter_column('wishes_close_at', existing_type=sa.DateTime(timezone=True), nullable=False)
        batch_op.alter_column('walking_minutes', existing_type=sa.Integer(), nullable=False)
        batch_op.create_check_constraint(batch_op.f('ck_match_session_most_of_person'), 'most_of_person > 0')
        batch_op.create_check_constraint(batch_op.f('ck_match_session_most_of_organisation'), 'most_of_organisation > 0')
        batch_op.create_check_constraint(batch_op.f('ck_match_session_walking_minutes'), 'walking_minutes >= 0')

    with op.batch_alter_table('meeting_wish', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('ck_meeting_wish_declined_or_accepted'), type_='check')
        batch_op.add_column(sa.Column('origin', sa.String(length=24), nullable=True))
        batch_op.add_column(sa.Column('answer_note', sa.Text(), nullable=True))
        batch_op.add_column(sa.Column('declined_side', sa.String(length=24), nullable=True))
        batch_op.alter_column('seeker_strength', existing_type=sa.Integer(), nullable=True)
    op.execute("UPDATE meeting_wish SET origin = 'seeker', answer_note = ''")
    op.execute("UPDATE meeting_wish SET declined_side = 'provider' WHERE declined_reason IS NOT NULL")
    with op.batch_alter_table('meeting_wish', schema=None) as batch_op:
        batch_op.alter_column('origin', existing_type=sa.String(length=24), nullable=False)
        batch_op.alter_column('answer_note', existing_type=sa.Text(), nullable=False)
        batch_op.create_check_constraint(batch_op.f('ck_meeting_wish_wishorigin'), "origin IN ('seeker', 'provider', 'organizer')")
        batch_op.create_check_constraint(batch_op.f('ck_meeting_wish_side'), "declined_side IN ('seeker', 'provider')")
        batch_op.create_check_constraint(batch_op.f('ck_meeting_wish_declined_side_with_reason'), '(declined_reason IS NULL) = (declined_side IS NULL)')
        batch_op.create_check_constraint(batch_op.f('ck_meeting_wish_declined_or_accepted'), SIDES)

    with op.batch_alter_table('session_table', schema=None) as batch_op:
        batch_op.add_column(sa.Column('venue', sa.String(length=80), nullable=True))
        batch_op.add_column(sa.Column('provider_id', sa.Integer(), nullable=True))
    op.execute("UPDATE session_table SET venue = ''")
    with op.batch_alter_table('session_table', schema=None) as batch_op:
        batch_op.alter_column('venue', existing_type=sa.String(length=80), nullable=False)
        batch_op.create_index(batch_op.f('ix_session_table_provider_id'), ['provider_id'], unique=False)
        batch_op.create_foreign_key(batch_op.f('fk_session_table_provider_id'), 'organisation', ['provider_id'], ['id'])


def _fill_sessions() -> None:
    """Wishes close a day before a session begins."""
    table = sa.table(
        'match_session', sa.column('id', sa.Integer()), sa.column('starts_at', sa.DateTime(timezone=True)),
        sa.column('wishes_close_at', sa.DateTime(timezone=True)), sa.column('walking_minutes', sa.Integer()),
    )  # fmt: skip
    connection = op.get_bind()
    for number, starts_at in connection.execute(sa.select(table.c.id, table.c.starts_at)).all():
        connection.execute(
            table.update().where(table.c.id == number)
            .values(wishes_close_at=starts_at - timedelta(days=1), walking_minutes=0)
        )  # fmt: skip


def downgrade() -> None:
    with op.batch_alter_table('session_table', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('fk_session_table_provider_id'), type_='foreignkey')
        batch_op.drop_index(batch_op.f('ix_session_table_provider_id'))
        batch_op.drop_column('provider_id')
        batch_op.drop_column('venue')

    op.execute("DELETE FROM meeting_wish WHERE seeker_strength IS NULL")
    with op.batch_alter_table('meeting_wish', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('ck_meeting_wish_declined_or_accepted'), type_='check')
        batch_op.drop_constraint(batch_op.f('ck_meeting_wish_declined_side_with_reason'), type_='check')
        batch_op.drop_constraint(batch_op.f('ck_meeting_wish_side'), type_='check')
        batch_op.drop_constraint(batch_op.f('ck_meeting_wish_wishorigin'), type_='check')
        batch_op.alter_column('seeker_strength', existing_type=sa.Integer(), nullable=False)
        batch_op.drop_column('declined_side')
        batch_op.drop_column('answer_note')
        batch_op.drop_column('origin')
        batch_op.create_check_constraint(batch_op.f('ck_meeting_wish_declined_or_accepted'), '(declined_reason IS NULL) OR (provider_strength IS NULL)')

    with op.batch_alter_table('match_session', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('ck_match_session_walking_minutes'), type_='check')
        batch_op.drop_constraint(batch_op.f('ck_match_session_most_of_organisation'), type_='check')
        batch_op.drop_constraint(batch_op.f('ck_match_session_most_of_person'), type_='check')
        batch_op.drop_column('walking_minutes')
        batch_op.drop_column('most_of_organisation')
        batch_op.drop_column('most_of_person')
        batch_op.drop_column('wishes_reminded_at')
        batch_op.drop_column('wishes_close_at')

    op.drop_table('absence')
    op.drop_table('meeting_limit')
