"""Needs, their versions and questions; requests and engagements about a need."""

import sqlalchemy as sa
from alembic import op

revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('need',
    sa.Column('masked', sa.Boolean(), nullable=False),
    sa.Column('organisation_id', sa.Integer(), nullable=False),
    sa.Column('state', sa.Enum('draft', 'published', 'expired', 'withdrawn', 'taken_down', name='recordstate', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('tightened_to', sa.Enum('public', 'verified', 'consent', name='disclosure', native_enum=False, create_constraint=True, length=24), nullable=True),
    sa.Column('published_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('valid_until', sa.Date(), nullable=True),
    sa.Column('contact_id', sa.Integer(), nullable=True),
    sa.Column('state_reason', sa.Text(), nullable=False),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.Column('public_version_id', sa.Integer(), nullable=True),
    sa.Column('working_version_id', sa.Integer(), nullable=True),
    sa.Column('public_id', sa.String(length=16), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('is_sample', sa.Boolean(), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['contact_id'], ['person.id'], name=op.f('fk_need_contact_id')),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisation.id'], name=op.f('fk_need_organisation_id')),
    sa.ForeignKeyConstraint(['public_version_id'], ['need_version.id'], name=op.f('fk_need_public_version_id'), use_alter=True),
    sa.ForeignKeyConstraint(['working_version_id'], ['need_version.id'], name=op.f('fk_need_working_version_id'), use_alter=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_need')),
    sa.UniqueConstraint('public_id', name=op.f('uq_need_public_id'))
    )
    with op.batch_alter_table('need', schema=None) as batch_op:
        batch_op.create_index('ix_need_newest', ['state', 'published_at', 'id'], unique=False)
        batch_op.create_index(batch_op.f('ix_need_organisation_id'), ['organisation_id'], unique=False)

    op.create_table('need_circle',
    sa.Column('need_id', sa.Integer(), nullable=False),
    sa.Column('circle_id', sa.Integer(), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['circle_id'], ['circle.id'], name=op.f('fk_need_circle_circle_id')),
    sa.ForeignKeyConstraint(['need_id'], ['need.id'], name=op.f('fk_need_circle_need_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_need_circle')),
    sa.UniqueConstraint('need_id', 'circle_id', name=op.f('uq_need_circle_need_id_circle_id'))
    )
    with op.batch_alter_table('need_circle', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_need_circle_circle_id'), ['circle_id'], unique=False)

    op.create_table('need_version',
    sa.Column('need_id', sa.Integer(), nullable=False),
    sa.Column('description', sa.Text(), nullable=False),
    sa.Column('tried', sa.Text(), nullable=False),
    sa.Column('budget_min', sa.BigInteger(), nullable=True),
    sa.Column('budget_max', sa.BigInteger(), nullable=True),
    sa.Column('deadline', sa.Date(), nullable=True),
    sa.Column('trl_from', sa.Integer(), nullable=True),
    sa.Column('trl_to', sa.Integer(), nullable=True),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('state', sa.Enum('draft', 'org_review', 'review', 'returned', 'published', 'superseded', 'discarded', name='versionstate', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.Column('title', sa.String(length=120), nullable=False),
    sa.Column('indicators', sa.JSON(), nullable=False),
    sa.Column('fields', sa.JSON(), nullable=False),
    sa.Column('industries', sa.JSON(), nullable=False),
    sa.Column('modes', sa.JSON(), nullable=False),
    sa.Column('negotiable', sa.Boolean(), nullable=False),
    sa.Column('keywords', sa.JSON(), nullable=False),
    sa.Column('disclosure', sa.Enum('public', 'verified', 'consent', name='disclosure', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('non_classified', sa.Boolean(), nullable=False),
    sa.Column('author_id', sa.Integer(), nullable=True),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('submitted_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('submitted_by_id', sa.Integer(), nullable=True),
    sa.Column('published_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('return_codes', sa.JSON(), nullable=False),
    sa.Column('return_reason', sa.Text(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.CheckConstraint('budget_max IS NULL OR budget_min IS NULL OR budget_max >= budget_min', name=op.f('ck_need_version_budget_order')),
    sa.CheckConstraint('trl_from IS NULL OR trl_from BETWEEN 1 AND 9', name=op.f('ck_need_version_trl_from_range')),
    sa.CheckConstraint('trl_from IS NULL OR trl_to IS NULL OR trl_to >= trl_from', name=op.f('ck_need_version_trl_order')),
    sa.CheckConstraint('trl_to IS NULL OR trl_to BETWEEN 1 AND 9', name=op.f('ck_need_version_trl_to_range')),
    sa.ForeignKeyConstraint(['author_id'], ['person.id'], name=op.f('fk_need_version_author_id')),
    sa.ForeignKeyConstraint(['need_id'], ['need.id'], name=op.f('fk_need_version_need_id')),
    sa.ForeignKeyConstraint(['submitted_by_id'], ['person.id'], name=op.f('fk_need_version_submitted_by_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_need_version')),
    sa.UniqueConstraint('need_id', 'number', name=op.f('uq_need_version_need_id_number'))
    )
    with op.batch_alter_table('need_version', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_need_version_need_id'), ['need_id'], unique=False)

    op.create_table('question',
    sa.Column('need_id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('organisation_id', sa.Integer(), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('answer', sa.Text(), nullable=False),
    sa.Column('answered_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('answered_by_id', sa.Integer(), nullable=True),
    sa.Column('hidden_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('hidden_by_id', sa.Integer(), nullable=True),
    sa.Column('hidden_reason', sa.Text(), nullable=False),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.Column('public_id', sa.String(length=16), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('is_sample', sa.Boolean(), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['answered_by_id'], ['person.id'], name=op.f('fk_question_answered_by_id')),
    sa.ForeignKeyConstraint(['hidden_by_id'], ['person.id'], name=op.f('fk_question_hidden_by_id')),
    sa.ForeignKeyConstraint(['need_id'], ['need.id'], name=op.f('fk_question_need_id')),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisation.id'], name=op.f('fk_question_organisation_id')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_question_person_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_question')),
    sa.UniqueConstraint('public_id', name=op.f('uq_question_public_id'))
    )
    with op.batch_alter_table('question', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_question_need_id'), ['need_id'], unique=False)

    with op.batch_alter_table('contact_request', schema=None) as batch_op:
        batch_op.add_column(sa.Column('need_id', sa.Integer(), nullable=True))
        batch_op.alter_column('achievement_id',
               existing_type=sa.INTEGER(),
               nullable=True)
        batch_op.drop_index('uq_contact_request_open')
        batch_op.create_index('uq_contact_request_open', ['sender_id', 'receiver_id', 'achievement_id'], unique=True, sqlite_where=sa.text("need_id IS NULL AND state IN ('pending', 'asked_back')"), postgresql_where=sa.text("need_id IS NULL AND state IN ('pending', 'asked_back')"))
        batch_op.create_check_constraint(batch_op.f('ck_contact_request_subject'), 'achievement_id IS NOT NULL OR need_id IS NOT NULL')
        batch_op.create_index(batch_op.f('ix_contact_request_need_id'), ['need_id'], unique=False)
        batch_op.create_index('uq_contact_request_open_need', ['sender_id', 'receiver_id', 'need_id'], unique=True, sqlite_where=sa.text("need_id IS NOT NULL AND state IN ('pending', 'asked_back')"), postgresql_where=sa.text("need_id IS NOT NULL AND state IN ('pending', 'asked_back')"))
        batch_op.create_foreign_key(batch_op.f('fk_contact_request_need_id'), 'need', ['need_id'], ['id'])

    with op.batch_alter_table('engagement', schema=None) as batch_op:
        batch_op.add_column(sa.Column('need_id', sa.Integer(), nullable=True))
        batch_op.alter_column('achievement_id',
               existing_type=sa.INTEGER(),
               nullable=True)
        batch_op.drop_constraint(batch_op.f('uq_engagement_provider_id_seeker_id_achievement_id'), type_='unique')
        batch_op.create_check_constraint(batch_op.f('ck_engagement_subject'), 'achievement_id IS NOT NULL OR need_id IS NOT NULL')
        batch_op.create_index(batch_op.f('ix_engagement_need_id'), ['need_id'], unique=False)
        batch_op.create_index('uq_engagement_achievement', ['provider_id', 'seeker_id', 'achievement_id'], unique=True, sqlite_where=sa.text('need_id IS NULL'), postgresql_where=sa.text('need_id IS NULL'))
        batch_op.create_index('uq_engagement_need', ['provider_id', 'seeker_id', 'need_id'], unique=True, sqlite_where=sa.text('need_id IS NOT NULL'), postgresql_where=sa.text('need_id IS NOT NULL'))
        batch_op.create_foreign_key(batch_op.f('fk_engagement_need_id'), 'need', ['need_id'], ['id'])

    # Jobs and mails are named alike for every kind of record.
    for what in ('reminder', 'expiry'):
        op.execute(f"UPDATE job SET name = 'record_{what}' WHERE name = 'achievement_{what}' AND state = 'queued'")

    # Tables that refer to each other: SQLite has these keys inline, PostgreSQL wants them afterwards.
    if op.get_bind().dialect.name != 'sqlite':
        op.create_foreign_key('fk_need_public_version_id', 'need', 'need_version', ['public_version_id'], ['id'])
        op.create_foreign_key('fk_need_working_version_id', 'need', 'need_version', ['working_version_id'], ['id'])


def downgrade() -> None:
    raise NotImplementedError("a request about a need has no place in 0001: restore a backup instead")
