"""several people of the owner in a wish, guests at a meeting, what a session's timetable is made of"""

import sqlalchemy as sa
from alembic import op

revision = '0017'
down_revision = '0016'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('meeting_wish', schema=None) as batch_op:
        batch_op.add_column(sa.Column('provider_beside', sa.JSON(), nullable=True))
    op.execute("UPDATE meeting_wish SET provider_beside = '[]'")
    with op.batch_alter_table('meeting_wish', schema=None) as batch_op:
        batch_op.alter_column('provider_beside', existing_type=sa.JSON(), nullable=False)

    with op.batch_alter_table('match_session', schema=None) as batch_op:
        batch_op.add_column(sa.Column('accepted_only', sa.Boolean(), nullable=True))
    op.execute(sa.table('match_session', sa.column('accepted_only', sa.Boolean())).update().values(accepted_only=False))
    with op.batch_alter_table('match_session', schema=None) as batch_op:
        batch_op.alter_column('accepted_only', existing_type=sa.Boolean(), nullable=False)

    with op.batch_alter_table('booking_attendee', schema=None) as batch_op:
        batch_op.alter_column('side', existing_type=sa.String(length=24), nullable=True)


def downgrade() -> None:
    op.execute('DELETE FROM booking_attendee WHERE side IS NULL')
    with op.batch_alter_table('booking_attendee', schema=None) as batch_op:
        batch_op.alter_column('side', existing_type=sa.String(length=24), nullable=False)

    with op.batch_alter_table('match_session', schema=None) as batch_op:
        batch_op.drop_column('accepted_only')

    with op.batch_alter_table('meeting_wish', schema=None) as batch_op:
        batch_op.drop_column('provider_beside')
