"""speakers of a roadshow who cannot come"""

import sqlalchemy as sa
from alembic import op

import models.base

revision = '0018'
down_revision = '0017'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'speaker_refusal',
        sa.Column('event_id', sa.Integer(), nullable=False),
        sa.Column('speaker', sa.String(length=80), nullable=False),
        sa.Column('reason', sa.Text(), nullable=False),
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('created_at', models.base.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(['event_id'], ['event.id'], name=op.f('fk_speaker_refusal_event_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_speaker_refusal')),
        sa.UniqueConstraint('event_id', 'speaker', name=op.f('uq_speaker_refusal_event_id_speaker')),
    )


def downgrade() -> None:
    op.drop_table('speaker_refusal')
