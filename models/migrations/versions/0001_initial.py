"""initial"""

import sqlalchemy as sa
from alembic import op

revision = '0001'
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('job',
    sa.Column('lane', sa.Enum('index', 'short', 'long', name='lane', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('name', sa.String(length=60), nullable=False),
    sa.Column('payload', sa.JSON(), nullable=False),
    sa.Column('unique_key', sa.String(length=160), nullable=True),
    sa.Column('state', sa.Enum('queued', 'running', 'done', 'failed', name='jobstate', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('run_after', sa.DateTime(timezone=True), nullable=False),
    sa.Column('lease_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('error', sa.Text(), nullable=False),
    sa.Column('done_number', sa.Integer(), nullable=True),
    sa.Column('done_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_job'))
    )
    with op.batch_alter_table('job', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_job_done_number'), ['done_number'], unique=False)
        batch_op.create_index('ix_job_queue', ['lane', 'state', 'run_after'], unique=False)
        batch_op.create_index('uq_job_unique_key', ['unique_key'], unique=True, sqlite_where=sa.text('unique_key IS NOT NULL'), postgresql_where=sa.text('unique_key IS NOT NULL'))

    op.create_table('login_failure',
    sa.Column('email', sa.String(length=254), nullable=False),
    sa.Column('ip', sa.String(length=45), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_login_failure'))
    )
    with op.batch_alter_table('login_failure', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_login_failure_email'), ['email'], unique=False)

    op.create_table('organisation',
    sa.Column('name', sa.String(length=120), nullable=False),
    sa.Column('kind', sa.String(length=40), nullable=False),
    sa.Column('uscc', sa.String(length=18), nullable=True),
    sa.Column('uscc_conforms', sa.Boolean(), nullable=False),
    sa.Column('region', sa.String(length=80), nullable=False),
    sa.Column('industries', sa.JSON(), nullable=False),
    sa.Column('introduction', sa.Text(), nullable=False),
    sa.Column('is_provider', sa.Boolean(), nullable=False),
    sa.Column('is_seeker', sa.Boolean(), nullable=False),
    sa.Column('verification', sa.Enum('unverified', 'pending', 'verified', 'suspended', 'merged', name='verification', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('verified_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('reviews_first', sa.Boolean(), nullable=False),
    sa.Column('merged_into_id', sa.Integer(), nullable=True),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.Column('public_id', sa.String(length=16), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('is_sample', sa.Boolean(), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['merged_into_id'], ['organisation.id'], name=op.f('fk_organisation_merged_into_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_organisation')),
    sa.UniqueConstraint('name', name=op.f('uq_organisation_name')),
    sa.UniqueConstraint('public_id', name=op.f('uq_organisation_public_id')),
    sa.UniqueConstraint('uscc', name=op.f('uq_organisation_uscc'))
    )
    op.create_table('person',
    sa.Column('name', sa.String(length=60), nullable=False),
    sa.Column('title', sa.String(length=60), nullable=False),
    sa.Column('email', sa.String(length=254), nullable=False),
    sa.Column('phone', sa.String(length=40), nullable=False),
    sa.Column('declared_by_id', sa.Integer(), nullable=True),
    sa.Column('declared_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('deidentified_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('public_id', sa.String(length=16), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('is_sample', sa.Boolean(), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['declared_by_id'], ['person.id'], name=op.f('fk_person_declared_by_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_person')),
    sa.UniqueConstraint('public_id', name=op.f('uq_person_public_id'))
    )
    op.create_table('setting',
    sa.Column('key', sa.String(length=60), nullable=False),
    sa.Column('value', sa.JSON(), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_setting')),
    sa.UniqueConstraint('key', name=op.f('uq_setting_key'))
    )
    op.create_table('term',
    sa.Column('system', sa.String(length=40), nullable=False),
    sa.Column('key', sa.String(length=60), nullable=False),
    sa.Column('parent', sa.String(length=60), nullable=False),
    sa.Column('label_zh', sa.String(length=120), nullable=False),
    sa.Column('label_en', sa.String(length=160), nullable=False),
    sa.Column('description_zh', sa.String(length=300), nullable=False),
    sa.Column('description_en', sa.String(length=300), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('retired', sa.Boolean(), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_term')),
    sa.UniqueConstraint('system', 'key', name=op.f('uq_term_system_key'))
    )
    op.create_table('account',
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('email', sa.String(length=254), nullable=False),
    sa.Column('password_hash', sa.String(length=255), nullable=False),
    sa.Column('confirmed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('suspended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('session_epoch', sa.Integer(), nullable=False),
    sa.Column('locale', sa.String(length=8), nullable=False),
    sa.Column('last_login_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('is_sample', sa.Boolean(), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_account_person_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_account')),
    sa.UniqueConstraint('email', name=op.f('uq_account_email')),
    sa.UniqueConstraint('person_id', name=op.f('uq_account_person_id'))
    )
    op.create_table('achievement',
    sa.Column('organisation_id', sa.Integer(), nullable=False),
    sa.Column('state', sa.Enum('draft', 'published', 'expired', 'withdrawn', 'taken_down', name='recordstate', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('public_version_id', sa.Integer(), nullable=True),
    sa.Column('working_version_id', sa.Integer(), nullable=True),
    sa.Column('tightened_to', sa.Enum('public', 'verified', 'consent', name='disclosure', native_enum=False, create_constraint=True, length=24), nullable=True),
    sa.Column('published_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('valid_until', sa.Date(), nullable=True),
    sa.Column('contact_id', sa.Integer(), nullable=True),
    sa.Column('state_reason', sa.Text(), nullable=False),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.Column('public_id', sa.String(length=16), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('is_sample', sa.Boolean(), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['contact_id'], ['person.id'], name=op.f('fk_achievement_contact_id')),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisation.id'], name=op.f('fk_achievement_organisation_id')),
    sa.ForeignKeyConstraint(['public_version_id'], ['achievement_version.id'], name=op.f('fk_achievement_public_version_id'), use_alter=True),
    sa.ForeignKeyConstraint(['working_version_id'], ['achievement_version.id'], name=op.f('fk_achievement_working_version_id'), use_alter=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_achievement')),
    sa.UniqueConstraint('public_id', name=op.f('uq_achievement_public_id'))
    )
    with op.batch_alter_table('achievement', schema=None) as batch_op:
        batch_op.create_index('ix_achievement_newest', ['state', 'published_at', 'id'], unique=False)
        batch_op.create_index(batch_op.f('ix_achievement_organisation_id'), ['organisation_id'], unique=False)

    op.create_table('audit_entry',
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=True),
    sa.Column('on_behalf_of_id', sa.Integer(), nullable=True),
    sa.Column('action', sa.String(length=60), nullable=False),
    sa.Column('object_type', sa.String(length=40), nullable=False),
    sa.Column('object_id', sa.Integer(), nullable=True),
    sa.Column('ip', sa.String(length=45), nullable=False),
    sa.Column('detail', sa.JSON(), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['on_behalf_of_id'], ['organisation.id'], name=op.f('fk_audit_entry_on_behalf_of_id')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_audit_entry_person_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_audit_entry'))
    )
    with op.batch_alter_table('audit_entry', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_audit_entry_action'), ['action'], unique=False)
        batch_op.create_index(batch_op.f('ix_audit_entry_at'), ['at'], unique=False)
        batch_op.create_index('ix_audit_entry_object', ['object_type', 'object_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_audit_entry_person_id'), ['person_id'], unique=False)

    op.create_table('circle',
    sa.Column('key', sa.String(length=40), nullable=False),
    sa.Column('name', sa.String(length=120), nullable=False),
    sa.Column('anchor_id', sa.Integer(), nullable=True),
    sa.Column('introduction', sa.Text(), nullable=False),
    sa.Column('services', sa.JSON(), nullable=False),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.Column('public_id', sa.String(length=16), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('is_sample', sa.Boolean(), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['anchor_id'], ['organisation.id'], name=op.f('fk_circle_anchor_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_circle')),
    sa.UniqueConstraint('key', name=op.f('uq_circle_key')),
    sa.UniqueConstraint('name', name=op.f('uq_circle_name')),
    sa.UniqueConstraint('public_id', name=op.f('uq_circle_public_id'))
    )
    op.create_table('consent',
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.Enum('privacy', 'contact', name='consentkind', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('version', sa.String(length=20), nullable=False),
    sa.Column('ip', sa.String(length=45), nullable=False),
    sa.Column('given_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('withdrawn_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_consent_person_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_consent'))
    )
    with op.batch_alter_table('consent', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_consent_person_id'), ['person_id'], unique=False)

    op.create_table('grant_role',
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('role', sa.Enum('organizer', 'broker', 'administrator', 'auditor', name='grantrole', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('granted_by_id', sa.Integer(), nullable=True),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['granted_by_id'], ['person.id'], name=op.f('fk_grant_role_granted_by_id')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_grant_role_person_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_grant_role'))
    )
    with op.batch_alter_table('grant_role', schema=None) as batch_op:
        batch_op.create_index('uq_grant_role_current', ['person_id', 'role'], unique=True, sqlite_where=sa.text('ended_at IS NULL'), postgresql_where=sa.text('ended_at IS NULL'))

    op.create_table('invitation',
    sa.Column('organisation_id', sa.Integer(), nullable=False),
    sa.Column('email', sa.String(length=254), nullable=False),
    sa.Column('role', sa.Enum('manager', 'member', name='orgrole', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=True),
    sa.Column('invited_by_id', sa.Integer(), nullable=False),
    sa.Column('state', sa.Enum('pending', 'accepted', 'declined', name='decision', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('public_id', sa.String(length=16), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['invited_by_id'], ['person.id'], name=op.f('fk_invitation_invited_by_id')),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisation.id'], name=op.f('fk_invitation_organisation_id')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_invitation_person_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_invitation')),
    sa.UniqueConstraint('public_id', name=op.f('uq_invitation_public_id'))
    )
    with op.batch_alter_table('invitation', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_invitation_organisation_id'), ['organisation_id'], unique=False)

    op.create_table('join_request',
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('organisation_id', sa.Integer(), nullable=False),
    sa.Column('state', sa.Enum('pending', 'accepted', 'declined', name='decision', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('decided_by_id', sa.Integer(), nullable=True),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['decided_by_id'], ['person.id'], name=op.f('fk_join_request_decided_by_id')),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisation.id'], name=op.f('fk_join_request_organisation_id')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_join_request_person_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_join_request'))
    )
    with op.batch_alter_table('join_request', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_join_request_organisation_id'), ['organisation_id'], unique=False)
        batch_op.create_index('uq_join_request_open', ['person_id'], unique=True, sqlite_where=sa.text("state = 'pending'"), postgresql_where=sa.text("state = 'pending'"))

    op.create_table('mandate',
    sa.Column('organisation_id', sa.Integer(), nullable=False),
    sa.Column('broker_id', sa.Integer(), nullable=False),
    sa.Column('given_by_id', sa.Integer(), nullable=False),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('ended_by_id', sa.Integer(), nullable=True),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.CheckConstraint('ended_at IS NULL OR ended_at >= started_at', name=op.f('ck_mandate_ends_after_start')),
    sa.ForeignKeyConstraint(['broker_id'], ['person.id'], name=op.f('fk_mandate_broker_id')),
    sa.ForeignKeyConstraint(['ended_by_id'], ['person.id'], name=op.f('fk_mandate_ended_by_id')),
    sa.ForeignKeyConstraint(['given_by_id'], ['person.id'], name=op.f('fk_mandate_given_by_id')),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisation.id'], name=op.f('fk_mandate_organisation_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_mandate'))
    )
    with op.batch_alter_table('mandate', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_mandate_broker_id'), ['broker_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_mandate_organisation_id'), ['organisation_id'], unique=False)
        batch_op.create_index('uq_mandate_current', ['organisation_id', 'broker_id'], unique=True, sqlite_where=sa.text('ended_at IS NULL'), postgresql_where=sa.text('ended_at IS NULL'))

    op.create_table('membership',
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('organisation_id', sa.Integer(), nullable=False),
    sa.Column('role', sa.Enum('manager', 'member', name='orgrole', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisation.id'], name=op.f('fk_membership_organisation_id')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_membership_person_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_membership'))
    )
    with op.batch_alter_table('membership', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_membership_organisation_id'), ['organisation_id'], unique=False)
        batch_op.create_index('uq_membership_current', ['person_id'], unique=True, sqlite_where=sa.text('ended_at IS NULL'), postgresql_where=sa.text('ended_at IS NULL'))

    op.create_table('report',
    sa.Column('object_type', sa.String(length=40), nullable=False),
    sa.Column('object_id', sa.Integer(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('email', sa.String(length=254), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=True),
    sa.Column('handled_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('handled_by_id', sa.Integer(), nullable=True),
    sa.Column('outcome', sa.Text(), nullable=False),
    sa.Column('public_id', sa.String(length=16), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['handled_by_id'], ['person.id'], name=op.f('fk_report_handled_by_id')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_report_person_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_report')),
    sa.UniqueConstraint('public_id', name=op.f('uq_report_public_id'))
    )
    op.create_table('transition',
    sa.Column('object_type', sa.String(length=40), nullable=False),
    sa.Column('object_id', sa.Integer(), nullable=False),
    sa.Column('from_state', sa.String(length=24), nullable=False),
    sa.Column('to_state', sa.String(length=24), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=True),
    sa.Column('on_behalf_of_id', sa.Integer(), nullable=True),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['on_behalf_of_id'], ['organisation.id'], name=op.f('fk_transition_on_behalf_of_id')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_transition_person_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_transition'))
    )
    with op.batch_alter_table('transition', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_transition_at'), ['at'], unique=False)
        batch_op.create_index('ix_transition_object', ['object_type', 'object_id'], unique=False)

    op.create_table('achievement_circle',
    sa.Column('achievement_id', sa.Integer(), nullable=False),
    sa.Column('circle_id', sa.Integer(), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['achievement_id'], ['achievement.id'], name=op.f('fk_achievement_circle_achievement_id')),
    sa.ForeignKeyConstraint(['circle_id'], ['circle.id'], name=op.f('fk_achievement_circle_circle_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_achievement_circle')),
    sa.UniqueConstraint('achievement_id', 'circle_id', name=op.f('uq_achievement_circle_achievement_id_circle_id'))
    )
    with op.batch_alter_table('achievement_circle', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_achievement_circle_circle_id'), ['circle_id'], unique=False)

    op.create_table('achievement_version',
    sa.Column('achievement_id', sa.Integer(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('state', sa.Enum('draft', 'org_review', 'review', 'returned', 'published', 'superseded', 'discarded', name='versionstate', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.Column('title', sa.String(length=120), nullable=False),
    sa.Column('summary', sa.Text(), nullable=False),
    sa.Column('problem', sa.Text(), nullable=False),
    sa.Column('advantage', sa.Text(), nullable=False),
    sa.Column('indicators', sa.JSON(), nullable=False),
    sa.Column('scenes', sa.Text(), nullable=False),
    sa.Column('details', sa.Text(), nullable=False),
    sa.Column('fields', sa.JSON(), nullable=False),
    sa.Column('industries', sa.JSON(), nullable=False),
    sa.Column('discipline', sa.String(length=20), nullable=False),
    sa.Column('trl', sa.Integer(), nullable=True),
    sa.Column('stage', sa.String(length=20), nullable=False),
    sa.Column('modes', sa.JSON(), nullable=False),
    sa.Column('price_mode', sa.String(length=20), nullable=False),
    sa.Column('negotiable', sa.Boolean(), nullable=False),
    sa.Column('price_min', sa.BigInteger(), nullable=True),
    sa.Column('price_max', sa.BigInteger(), nullable=True),
    sa.Column('currency', sa.String(length=3), nullable=False),
    sa.Column('team_note', sa.Text(), nullable=False),
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
    sa.CheckConstraint('price_max IS NULL OR price_min IS NULL OR price_max >= price_min', name=op.f('ck_achievement_version_price_order')),
    sa.CheckConstraint('trl IS NULL OR trl BETWEEN 1 AND 9', name=op.f('ck_achievement_version_trl_range')),
    sa.ForeignKeyConstraint(['achievement_id'], ['achievement.id'], name=op.f('fk_achievement_version_achievement_id')),
    sa.ForeignKeyConstraint(['author_id'], ['person.id'], name=op.f('fk_achievement_version_author_id')),
    sa.ForeignKeyConstraint(['submitted_by_id'], ['person.id'], name=op.f('fk_achievement_version_submitted_by_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_achievement_version')),
    sa.UniqueConstraint('achievement_id', 'number', name=op.f('uq_achievement_version_achievement_id_number'))
    )
    with op.batch_alter_table('achievement_version', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_achievement_version_achievement_id'), ['achievement_id'], unique=False)

    op.create_table('circle_member',
    sa.Column('circle_id', sa.Integer(), nullable=False),
    sa.Column('organisation_id', sa.Integer(), nullable=False),
    sa.Column('since', sa.Date(), nullable=False),
    sa.Column('until', sa.Date(), nullable=True),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['circle_id'], ['circle.id'], name=op.f('fk_circle_member_circle_id')),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisation.id'], name=op.f('fk_circle_member_organisation_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_circle_member')),
    sa.UniqueConstraint('circle_id', 'organisation_id', 'since', name=op.f('uq_circle_member_circle_id_organisation_id_since'))
    )
    with op.batch_alter_table('circle_member', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_circle_member_organisation_id'), ['organisation_id'], unique=False)

    op.create_table('disclosure_grant',
    sa.Column('achievement_id', sa.Integer(), nullable=False),
    sa.Column('organisation_id', sa.Integer(), nullable=False),
    sa.Column('granted_by_id', sa.Integer(), nullable=False),
    sa.Column('granted_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('withdrawn_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('withdrawn_by_id', sa.Integer(), nullable=True),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['achievement_id'], ['achievement.id'], name=op.f('fk_disclosure_grant_achievement_id')),
    sa.ForeignKeyConstraint(['granted_by_id'], ['person.id'], name=op.f('fk_disclosure_grant_granted_by_id')),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisation.id'], name=op.f('fk_disclosure_grant_organisation_id')),
    sa.ForeignKeyConstraint(['withdrawn_by_id'], ['person.id'], name=op.f('fk_disclosure_grant_withdrawn_by_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_disclosure_grant'))
    )
    with op.batch_alter_table('disclosure_grant', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_disclosure_grant_organisation_id'), ['organisation_id'], unique=False)
        batch_op.create_index('uq_disclosure_grant_current', ['achievement_id', 'organisation_id'], unique=True, sqlite_where=sa.text('withdrawn_at IS NULL'), postgresql_where=sa.text('withdrawn_at IS NULL'))

    op.create_table('engagement',
    sa.Column('provider_id', sa.Integer(), nullable=False),
    sa.Column('seeker_id', sa.Integer(), nullable=False),
    sa.Column('achievement_id', sa.Integer(), nullable=False),
    sa.Column('stage', sa.Enum('S1', 'S2', 'S3', 'S4', 'S5', 'S6', 'S7', 'S8', 'S9', 'X', name='stage', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('stop_reason', sa.String(length=40), nullable=False),
    sa.Column('note', sa.Text(), nullable=False),
    sa.Column('origin', sa.Enum('search', 'suggestion', 'roadshow', 'one_to_one', 'broker', 'link', name='origin', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.Column('public_id', sa.String(length=16), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('is_sample', sa.Boolean(), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.CheckConstraint('provider_id <> seeker_id', name=op.f('ck_engagement_two_sides')),
    sa.ForeignKeyConstraint(['achievement_id'], ['achievement.id'], name=op.f('fk_engagement_achievement_id')),
    sa.ForeignKeyConstraint(['provider_id'], ['organisation.id'], name=op.f('fk_engagement_provider_id')),
    sa.ForeignKeyConstraint(['seeker_id'], ['organisation.id'], name=op.f('fk_engagement_seeker_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_engagement')),
    sa.UniqueConstraint('provider_id', 'seeker_id', 'achievement_id', name=op.f('uq_engagement_provider_id_seeker_id_achievement_id')),
    sa.UniqueConstraint('public_id', name=op.f('uq_engagement_public_id'))
    )
    with op.batch_alter_table('engagement', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_engagement_achievement_id'), ['achievement_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_engagement_seeker_id'), ['seeker_id'], unique=False)

    op.create_table('event',
    sa.Column('key', sa.String(length=40), nullable=True),
    sa.Column('title', sa.String(length=120), nullable=False),
    sa.Column('introduction', sa.Text(), nullable=False),
    sa.Column('circle_id', sa.Integer(), nullable=True),
    sa.Column('state', sa.Enum('draft', 'published', 'cancelled', name='eventstate', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('state_reason', sa.Text(), nullable=False),
    sa.Column('venue', sa.String(length=120), nullable=False),
    sa.Column('address', sa.String(length=200), nullable=False),
    sa.Column('rooms', sa.JSON(), nullable=False),
    sa.Column('hosts', sa.JSON(), nullable=False),
    sa.Column('starts_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ends_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('capacity', sa.Integer(), nullable=True),
    sa.Column('pitch_minutes', sa.Integer(), nullable=False),
    sa.Column('questions_minutes', sa.Integer(), nullable=False),
    sa.Column('published_once', sa.Boolean(), nullable=False),
    sa.Column('sequence', sa.Integer(), nullable=False),
    sa.Column('created_by_id', sa.Integer(), nullable=True),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.Column('public_id', sa.String(length=16), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('is_sample', sa.Boolean(), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.CheckConstraint('ends_at > starts_at', name=op.f('ck_event_ends_after_start')),
    sa.ForeignKeyConstraint(['circle_id'], ['circle.id'], name=op.f('fk_event_circle_id')),
    sa.ForeignKeyConstraint(['created_by_id'], ['person.id'], name=op.f('fk_event_created_by_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_event')),
    sa.UniqueConstraint('key', name=op.f('uq_event_key')),
    sa.UniqueConstraint('public_id', name=op.f('uq_event_public_id'))
    )
    with op.batch_alter_table('event', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_event_circle_id'), ['circle_id'], unique=False)
        batch_op.create_index('ix_event_state_starts', ['state', 'starts_at'], unique=False)

    op.create_table('register_entry',
    sa.Column('kind', sa.String(length=40), nullable=False),
    sa.Column('subject', sa.String(length=160), nullable=False),
    sa.Column('subject_key', sa.String(length=80), nullable=False),
    sa.Column('grade', sa.String(length=80), nullable=False),
    sa.Column('organisation_id', sa.Integer(), nullable=True),
    sa.Column('circle_id', sa.Integer(), nullable=False),
    sa.Column('arrived_on', sa.Date(), nullable=False),
    sa.Column('left_on', sa.Date(), nullable=True),
    sa.Column('evidence', sa.String(length=300), nullable=False),
    sa.Column('note', sa.String(length=300), nullable=False),
    sa.Column('entered_by_id', sa.Integer(), nullable=True),
    sa.Column('checked_by_id', sa.Integer(), nullable=True),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.Column('public_id', sa.String(length=16), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('is_sample', sa.Boolean(), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.CheckConstraint('left_on IS NULL OR left_on >= arrived_on', name=op.f('ck_register_entry_leaves_after_arrival')),
    sa.ForeignKeyConstraint(['checked_by_id'], ['person.id'], name=op.f('fk_register_entry_checked_by_id')),
    sa.ForeignKeyConstraint(['circle_id'], ['circle.id'], name=op.f('fk_register_entry_circle_id')),
    sa.ForeignKeyConstraint(['entered_by_id'], ['person.id'], name=op.f('fk_register_entry_entered_by_id')),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisation.id'], name=op.f('fk_register_entry_organisation_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_register_entry')),
    sa.UniqueConstraint('public_id', name=op.f('uq_register_entry_public_id'))
    )
    with op.batch_alter_table('register_entry', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_register_entry_circle_id'), ['circle_id'], unique=False)
        batch_op.create_index('ix_register_entry_period', ['kind', 'circle_id', 'arrived_on'], unique=False)
        batch_op.create_index(batch_op.f('ix_register_entry_subject_key'), ['subject_key'], unique=False)

    op.create_table('agenda_item',
    sa.Column('event_id', sa.Integer(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('kind', sa.Enum('pitch', 'talk', 'break', name='agendakind', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('achievement_id', sa.Integer(), nullable=True),
    sa.Column('title', sa.String(length=160), nullable=False),
    sa.Column('room', sa.String(length=80), nullable=False),
    sa.Column('starts_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ends_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('pitch_minutes', sa.Integer(), nullable=False),
    sa.Column('questions_minutes', sa.Integer(), nullable=False),
    sa.Column('speaker_id', sa.Integer(), nullable=True),
    sa.Column('speaker_name', sa.String(length=60), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.CheckConstraint('ends_at > starts_at', name=op.f('ck_agenda_item_ends_after_start')),
    sa.ForeignKeyConstraint(['achievement_id'], ['achievement.id'], name=op.f('fk_agenda_item_achievement_id')),
    sa.ForeignKeyConstraint(['event_id'], ['event.id'], name=op.f('fk_agenda_item_event_id')),
    sa.ForeignKeyConstraint(['speaker_id'], ['person.id'], name=op.f('fk_agenda_item_speaker_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_agenda_item'))
    )
    with op.batch_alter_table('agenda_item', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_agenda_item_achievement_id'), ['achievement_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_agenda_item_event_id'), ['event_id'], unique=False)

    op.create_table('attachment',
    sa.Column('version_id', sa.Integer(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('kind', sa.Enum('picture', 'document', name='attachmentkind', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('name', sa.String(length=160), nullable=False),
    sa.Column('media_type', sa.String(length=80), nullable=False),
    sa.Column('size', sa.Integer(), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('restricted', sa.Boolean(), nullable=False),
    sa.Column('public_id', sa.String(length=16), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['version_id'], ['achievement_version.id'], name=op.f('fk_attachment_version_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_attachment')),
    sa.UniqueConstraint('public_id', name=op.f('uq_attachment_public_id'))
    )
    with op.batch_alter_table('attachment', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_attachment_sha256'), ['sha256'], unique=False)
        batch_op.create_index(batch_op.f('ix_attachment_version_id'), ['version_id'], unique=False)

    op.create_table('contact_request',
    sa.Column('sender_id', sa.Integer(), nullable=False),
    sa.Column('receiver_id', sa.Integer(), nullable=False),
    sa.Column('achievement_id', sa.Integer(), nullable=False),
    sa.Column('engagement_id', sa.Integer(), nullable=True),
    sa.Column('asked_by_id', sa.Integer(), nullable=False),
    sa.Column('acted_by_id', sa.Integer(), nullable=True),
    sa.Column('answered_by_id', sa.Integer(), nullable=True),
    sa.Column('assigned_to_id', sa.Integer(), nullable=True),
    sa.Column('purpose', sa.Text(), nullable=False),
    sa.Column('meet_when', sa.String(length=200), nullable=False),
    sa.Column('origin', sa.Enum('search', 'suggestion', 'roadshow', 'one_to_one', 'broker', 'link', name='origin', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('origin_event_id', sa.Integer(), nullable=True),
    sa.Column('state', sa.Enum('pending', 'asked_back', 'accepted', 'declined', 'withdrawn', 'expired', 'closed', name='requeststate', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('decline_reason', sa.String(length=40), nullable=False),
    sa.Column('decline_note', sa.Text(), nullable=False),
    sa.Column('due_on', sa.Date(), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('escalation', sa.Integer(), nullable=False),
    sa.Column('shares_sender_contact', sa.Boolean(), nullable=False),
    sa.Column('shares_receiver_contact', sa.Boolean(), nullable=False),
    sa.Column('answered_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.Column('public_id', sa.String(length=16), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('is_sample', sa.Boolean(), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.CheckConstraint('sender_id <> receiver_id', name=op.f('ck_contact_request_two_sides')),
    sa.ForeignKeyConstraint(['achievement_id'], ['achievement.id'], name=op.f('fk_contact_request_achievement_id')),
    sa.ForeignKeyConstraint(['acted_by_id'], ['person.id'], name=op.f('fk_contact_request_acted_by_id')),
    sa.ForeignKeyConstraint(['answered_by_id'], ['person.id'], name=op.f('fk_contact_request_answered_by_id')),
    sa.ForeignKeyConstraint(['asked_by_id'], ['person.id'], name=op.f('fk_contact_request_asked_by_id')),
    sa.ForeignKeyConstraint(['assigned_to_id'], ['person.id'], name=op.f('fk_contact_request_assigned_to_id')),
    sa.ForeignKeyConstraint(['engagement_id'], ['engagement.id'], name=op.f('fk_contact_request_engagement_id')),
    sa.ForeignKeyConstraint(['origin_event_id'], ['event.id'], name=op.f('fk_contact_request_origin_event_id'), use_alter=True),
    sa.ForeignKeyConstraint(['receiver_id'], ['organisation.id'], name=op.f('fk_contact_request_receiver_id')),
    sa.ForeignKeyConstraint(['sender_id'], ['organisation.id'], name=op.f('fk_contact_request_sender_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_contact_request')),
    sa.UniqueConstraint('public_id', name=op.f('uq_contact_request_public_id'))
    )
    with op.batch_alter_table('contact_request', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_contact_request_achievement_id'), ['achievement_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_contact_request_assigned_to_id'), ['assigned_to_id'], unique=False)
        batch_op.create_index('ix_contact_request_due', ['state', 'due_on'], unique=False)
        batch_op.create_index(batch_op.f('ix_contact_request_engagement_id'), ['engagement_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_contact_request_receiver_id'), ['receiver_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_contact_request_sender_id'), ['sender_id'], unique=False)
        batch_op.create_index('uq_contact_request_open', ['sender_id', 'receiver_id', 'achievement_id'], unique=True, sqlite_where=sa.text("state IN ('pending', 'asked_back')"), postgresql_where=sa.text("state IN ('pending', 'asked_back')"))

    op.create_table('intellectual_property',
    sa.Column('version_id', sa.Integer(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('number', sa.String(length=40), nullable=False),
    sa.Column('title', sa.String(length=160), nullable=False),
    sa.Column('status', sa.String(length=20), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['version_id'], ['achievement_version.id'], name=op.f('fk_intellectual_property_version_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_intellectual_property'))
    )
    with op.batch_alter_table('intellectual_property', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_intellectual_property_version_id'), ['version_id'], unique=False)

    op.create_table('match_session',
    sa.Column('key', sa.String(length=40), nullable=True),
    sa.Column('title', sa.String(length=120), nullable=False),
    sa.Column('introduction', sa.Text(), nullable=False),
    sa.Column('kind', sa.Enum('one_to_one', 'group', name='sessionkind', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('state', sa.Enum('draft', 'published', 'cancelled', name='eventstate', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('state_reason', sa.Text(), nullable=False),
    sa.Column('circle_id', sa.Integer(), nullable=True),
    sa.Column('event_id', sa.Integer(), nullable=True),
    sa.Column('venue', sa.String(length=160), nullable=False),
    sa.Column('starts_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ends_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('slot_minutes', sa.Integer(), nullable=False),
    sa.Column('capacity', sa.Integer(), nullable=False),
    sa.Column('published_once', sa.Boolean(), nullable=False),
    sa.Column('sequence', sa.Integer(), nullable=False),
    sa.Column('created_by_id', sa.Integer(), nullable=True),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.Column('public_id', sa.String(length=16), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('is_sample', sa.Boolean(), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.CheckConstraint('ends_at > starts_at', name=op.f('ck_match_session_ends_after_start')),
    sa.CheckConstraint('slot_minutes > 0 AND slot_minutes % 5 = 0', name=op.f('ck_match_session_slot_on_cells')),
    sa.ForeignKeyConstraint(['circle_id'], ['circle.id'], name=op.f('fk_match_session_circle_id')),
    sa.ForeignKeyConstraint(['created_by_id'], ['person.id'], name=op.f('fk_match_session_created_by_id')),
    sa.ForeignKeyConstraint(['event_id'], ['event.id'], name=op.f('fk_match_session_event_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_match_session')),
    sa.UniqueConstraint('key', name=op.f('uq_match_session_key')),
    sa.UniqueConstraint('public_id', name=op.f('uq_match_session_public_id'))
    )
    with op.batch_alter_table('match_session', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_match_session_circle_id'), ['circle_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_match_session_event_id'), ['event_id'], unique=False)
        batch_op.create_index('ix_match_session_state_starts', ['state', 'starts_at'], unique=False)

    op.create_table('registration',
    sa.Column('event_id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=True),
    sa.Column('organisation_id', sa.Integer(), nullable=True),
    sa.Column('name', sa.String(length=60), nullable=False),
    sa.Column('organisation_name', sa.String(length=120), nullable=False),
    sa.Column('capacity', sa.Enum('provider', 'seeker', 'investor', 'bank', 'broker', 'media', 'other', name='capacity', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('email', sa.String(length=254), nullable=False),
    sa.Column('mobile', sa.String(length=40), nullable=False),
    sa.Column('contact', sa.String(length=254), nullable=False),
    sa.Column('seat', sa.Integer(), nullable=True),
    sa.Column('state', sa.Enum('registered', 'cancelled', name='registrationstate', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('locale', sa.String(length=8), nullable=False),
    sa.Column('consent_version', sa.String(length=20), nullable=False),
    sa.Column('consent_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('entered_by_id', sa.Integer(), nullable=True),
    sa.Column('public_id', sa.String(length=16), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('is_sample', sa.Boolean(), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.CheckConstraint("email <> '' OR mobile <> ''", name=op.f('ck_registration_reachable')),
    sa.ForeignKeyConstraint(['entered_by_id'], ['person.id'], name=op.f('fk_registration_entered_by_id')),
    sa.ForeignKeyConstraint(['event_id'], ['event.id'], name=op.f('fk_registration_event_id')),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisation.id'], name=op.f('fk_registration_organisation_id')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_registration_person_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_registration')),
    sa.UniqueConstraint('event_id', 'contact', name=op.f('uq_registration_event_id_contact')),
    sa.UniqueConstraint('public_id', name=op.f('uq_registration_public_id'))
    )
    with op.batch_alter_table('registration', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_registration_person_id'), ['person_id'], unique=False)
        batch_op.create_index('uq_registration_seat', ['event_id', 'seat'], unique=True, sqlite_where=sa.text('seat IS NOT NULL'), postgresql_where=sa.text('seat IS NOT NULL'))

    op.create_table('team_member',
    sa.Column('version_id', sa.Integer(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=60), nullable=False),
    sa.Column('title', sa.String(length=60), nullable=False),
    sa.Column('role', sa.String(length=60), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['version_id'], ['achievement_version.id'], name=op.f('fk_team_member_version_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_team_member'))
    )
    with op.batch_alter_table('team_member', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_team_member_version_id'), ['version_id'], unique=False)

    op.create_table('message',
    sa.Column('contact_request_id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('organisation_id', sa.Integer(), nullable=True),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['contact_request_id'], ['contact_request.id'], name=op.f('fk_message_contact_request_id')),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisation.id'], name=op.f('fk_message_organisation_id')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_message_person_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_message'))
    )
    with op.batch_alter_table('message', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_message_contact_request_id'), ['contact_request_id'], unique=False)

    op.create_table('session_table',
    sa.Column('match_session_id', sa.Integer(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['match_session_id'], ['match_session.id'], name=op.f('fk_session_table_match_session_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_session_table')),
    sa.UniqueConstraint('match_session_id', 'number', name=op.f('uq_session_table_match_session_id_number'))
    )
    op.create_table('slot',
    sa.Column('match_session_id', sa.Integer(), nullable=False),
    sa.Column('starts_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ends_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.CheckConstraint('ends_at > starts_at', name=op.f('ck_slot_ends_after_start')),
    sa.ForeignKeyConstraint(['match_session_id'], ['match_session.id'], name=op.f('fk_slot_match_session_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_slot')),
    sa.UniqueConstraint('match_session_id', 'starts_at', name=op.f('uq_slot_match_session_id_starts_at'))
    )
    op.create_table('booking',
    sa.Column('match_session_id', sa.Integer(), nullable=False),
    sa.Column('slot_id', sa.Integer(), nullable=True),
    sa.Column('table_id', sa.Integer(), nullable=True),
    sa.Column('seat', sa.Integer(), nullable=True),
    sa.Column('achievement_id', sa.Integer(), nullable=True),
    sa.Column('seeker_id', sa.Integer(), nullable=False),
    sa.Column('provider_id', sa.Integer(), nullable=True),
    sa.Column('state', sa.Enum('pending', 'confirmed', 'waiting', 'declined', 'cancelled', 'expired', name='bookingstate', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('state_reason', sa.Text(), nullable=False),
    sa.Column('decline_reason', sa.String(length=40), nullable=True),
    sa.Column('note', sa.Text(), nullable=False),
    sa.Column('hold_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('acted_by_id', sa.Integer(), nullable=True),
    sa.Column('answered_by_id', sa.Integer(), nullable=True),
    sa.Column('engagement_id', sa.Integer(), nullable=True),
    sa.Column('sequence', sa.Integer(), nullable=False),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.Column('public_id', sa.String(length=16), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('is_sample', sa.Boolean(), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.CheckConstraint("(slot_id IS NULL) = (table_id IS NULL) OR state = 'waiting'", name=op.f('ck_booking_slot_with_table')),
    sa.ForeignKeyConstraint(['achievement_id'], ['achievement.id'], name=op.f('fk_booking_achievement_id')),
    sa.ForeignKeyConstraint(['acted_by_id'], ['person.id'], name=op.f('fk_booking_acted_by_id')),
    sa.ForeignKeyConstraint(['answered_by_id'], ['person.id'], name=op.f('fk_booking_answered_by_id')),
    sa.ForeignKeyConstraint(['engagement_id'], ['engagement.id'], name=op.f('fk_booking_engagement_id')),
    sa.ForeignKeyConstraint(['match_session_id'], ['match_session.id'], name=op.f('fk_booking_match_session_id')),
    sa.ForeignKeyConstraint(['provider_id'], ['organisation.id'], name=op.f('fk_booking_provider_id')),
    sa.ForeignKeyConstraint(['seeker_id'], ['organisation.id'], name=op.f('fk_booking_seeker_id')),
    sa.ForeignKeyConstraint(['slot_id'], ['slot.id'], name=op.f('fk_booking_slot_id')),
    sa.ForeignKeyConstraint(['table_id'], ['session_table.id'], name=op.f('fk_booking_table_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_booking')),
    sa.UniqueConstraint('public_id', name=op.f('uq_booking_public_id'))
    )
    with op.batch_alter_table('booking', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_booking_achievement_id'), ['achievement_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_booking_engagement_id'), ['engagement_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_booking_provider_id'), ['provider_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_booking_seeker_id'), ['seeker_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_booking_slot_id'), ['slot_id'], unique=False)
        batch_op.create_index('ix_booking_waiting', ['match_session_id', 'state', 'id'], unique=False)
        batch_op.create_index('uq_booking_seat', ['match_session_id', 'seat'], unique=True, sqlite_where=sa.text('seat IS NOT NULL'), postgresql_where=sa.text('seat IS NOT NULL'))

    op.create_table('booking_attendee',
    sa.Column('booking_id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('side', sa.Enum('seeker', 'provider', name='side', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['booking_id'], ['booking.id'], name=op.f('fk_booking_attendee_booking_id')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_booking_attendee_person_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_booking_attendee')),
    sa.UniqueConstraint('booking_id', 'person_id', name=op.f('uq_booking_attendee_booking_id_person_id'))
    )
    with op.batch_alter_table('booking_attendee', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_booking_attendee_person_id'), ['person_id'], unique=False)

    op.create_table('occupancy',
    sa.Column('kind', sa.Enum('person', 'table', name='occupancykind', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('holder_id', sa.Integer(), nullable=False),
    sa.Column('cell', sa.Integer(), nullable=False),
    sa.Column('booking_id', sa.Integer(), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['booking_id'], ['booking.id'], name=op.f('fk_occupancy_booking_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_occupancy')),
    sa.UniqueConstraint('kind', 'holder_id', 'cell', name=op.f('uq_occupancy_kind_holder_id_cell'))
    )
    with op.batch_alter_table('occupancy', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_occupancy_booking_id'), ['booking_id'], unique=False)

    # Tables that refer to each other: SQLite has these keys inline, PostgreSQL wants them afterwards.
    if op.get_bind().dialect.name != 'sqlite':
        op.create_foreign_key('fk_achievement_public_version_id', 'achievement', 'achievement_version', ['public_version_id'], ['id'])
        op.create_foreign_key('fk_achievement_working_version_id', 'achievement', 'achievement_version', ['working_version_id'], ['id'])
        op.create_foreign_key('fk_contact_request_origin_event_id', 'contact_request', 'event', ['origin_event_id'], ['id'])


def downgrade() -> None:
    raise NotImplementedError("the first revision: restore a backup instead")
