"""application files, reminders of calls, sheets taken back"""

import sqlalchemy as sa
from alembic import op

revision = '0016'
down_revision = '0015'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('application_file',
    sa.Column('application_id', sa.Integer(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('kind', sa.Enum('picture', 'document', name='attachmentkind', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('name', sa.String(length=160), nullable=False),
    sa.Column('media_type', sa.String(length=80), nullable=False),
    sa.Column('size', sa.Integer(), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('public_id', sa.String(length=16), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['application_id'], ['project_application.id'], name=op.f('fk_application_file_application_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_application_file')),
    sa.UniqueConstraint('application_id', 'sha256', name=op.f('uq_application_file_application_id_sha256')),
    sa.UniqueConstraint('public_id', name=op.f('uq_application_file_public_id'))
    )
    with op.batch_alter_table('application_file', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_application_file_sha256'), ['sha256'], unique=False)

    with op.batch_alter_table('project_call', schema=None) as batch_op:
        batch_op.add_column(sa.Column('drafts_reminded_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('scores_reminded_at', sa.DateTime(timezone=True), nullable=True))

    with op.batch_alter_table('call_scorer', schema=None) as batch_op:
        batch_op.add_column(sa.Column('reminded_at', sa.DateTime(timezone=True), nullable=True))

    with op.batch_alter_table('score_sheet', schema=None) as batch_op:
        batch_op.add_column(sa.Column('taken_back_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.create_check_constraint(
            batch_op.f('ck_score_sheet_taken_back_or_given'), 'taken_back_at IS NULL OR given_at IS NULL'
        )


def downgrade() -> None:
    with op.batch_alter_table('score_sheet', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('ck_score_sheet_taken_back_or_given'), type_='check')
        batch_op.drop_column('taken_back_at')

    with op.batch_alter_table('call_scorer', schema=None) as batch_op:
        batch_op.drop_column('reminded_at')

    with op.batch_alter_table('project_call', schema=None) as batch_op:
        batch_op.drop_column('scores_reminded_at')
        batch_op.drop_column('drafts_reminded_at')

    with op.batch_alter_table('application_file', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_application_file_sha256'))

    op.drop_table('application_file')
