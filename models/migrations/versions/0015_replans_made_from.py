"""a new plan knows all that it was made from"""

import sqlalchemy as sa
from alembic import op

revision = '0015'
down_revision = '0014'
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Plans that were looked at and not applied yet match nothing: a new one is shown instead.
    with op.batch_alter_table('replan', schema=None) as batch_op:
        batch_op.add_column(sa.Column('made_from', sa.String(length=64), nullable=False, server_default=''))
        batch_op.drop_column('seen')
    with op.batch_alter_table('replan', schema=None) as batch_op:
        batch_op.alter_column('made_from', existing_type=sa.String(length=64), server_default=None)


def downgrade() -> None:
    with op.batch_alter_table('replan', schema=None) as batch_op:
        batch_op.add_column(sa.Column('seen', sa.Integer(), nullable=False, server_default='0'))
        batch_op.drop_column('made_from')
    with op.batch_alter_table('replan', schema=None) as batch_op:
        batch_op.alter_column('seen', existing_type=sa.Integer(), server_default=None)
