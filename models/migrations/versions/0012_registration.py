"""registration"""

import sqlalchemy as sa
from alembic import op

revision = '0012'
down_revision = '0011'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('registration_terms',
    sa.Column('event_id', sa.Integer(), nullable=False),
    sa.Column('opens_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('closes_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('approval', sa.Boolean(), nullable=False),
    sa.Column('online', sa.Boolean(), nullable=False),
    sa.Column('offer_hours', sa.Integer(), nullable=False),
    sa.Column('questions', sa.JSON(), nullable=False),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.CheckConstraint('closes_at > opens_at', name=op.f('ck_registration_terms_closes_after_opening')),
    sa.CheckConstraint('offer_hours BETWEEN 1 AND 168', name=op.f('ck_registration_terms_offer_hours')),
    sa.ForeignKeyConstraint(['event_id'], ['event.id'], name=op.f('fk_registration_terms_event_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_registration_terms')),
    sa.UniqueConstraint('event_id', name=op.f('uq_registration_terms_event_id'))
    )
    op.create_table('event_link',
    sa.Column('event_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.Enum('day', 'door', name='linkkind', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('registration_id', sa.Integer(), nullable=True),
    sa.Column('person_id', sa.Integer(), nullable=True),
    sa.Column('name', sa.String(length=60), nullable=False),
    sa.Column('token_hash', sa.String(length=64), nullable=False),
    sa.Column('revoked_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('created_by_id', sa.Integer(), nullable=True),
    sa.Column('public_id', sa.String(length=16), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.CheckConstraint("(kind = 'day') = (registration_id IS NOT NULL OR person_id IS NOT NULL)", name=op.f('ck_event_link_holder')),
    sa.CheckConstraint('registration_id IS NULL OR person_id IS NULL', name=op.f('ck_event_link_one_holder')),
    sa.ForeignKeyConstraint(['created_by_id'], ['person.id'], name=op.f('fk_event_link_created_by_id')),
    sa.ForeignKeyConstraint(['event_id'], ['event.id'], name=op.f('fk_event_link_event_id')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_event_link_person_id')),
    sa.ForeignKeyConstraint(['registration_id'], ['registration.id'], name=op.f('fk_event_link_registration_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_event_link')),
    sa.UniqueConstraint('public_id', name=op.f('uq_event_link_public_id')),
    sa.UniqueConstraint('token_hash', name=op.f('uq_event_link_token_hash'))
    )
    with op.batch_alter_table('event_link', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_event_link_event_id'), ['event_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_event_link_person_id'), ['person_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_event_link_registration_id'), ['registration_id'], unique=False)

    op.create_table('intention',
    sa.Column('event_id', sa.Integer(), nullable=False),
    sa.Column('achievement_id', sa.Integer(), nullable=False),
    sa.Column('registration_id', sa.Integer(), nullable=True),
    sa.Column('organisation_id', sa.Integer(), nullable=True),
    sa.Column('person_id', sa.Integer(), nullable=True),
    sa.Column('kind', sa.Enum('material', 'consulting', 'visit', 'pilot', 'licence', 'transfer', 'joint', 'investment', 'loan', name='intentionkind', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('way', sa.Enum('code', 'desk', name='intentionway', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('note', sa.Text(), nullable=False),
    sa.Column('shares_contact', sa.Boolean(), nullable=False),
    sa.Column('entered_by_id', sa.Integer(), nullable=True),
    sa.Column('contact_request_id', sa.Integer(), nullable=True),
    sa.Column('dropped_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('public_id', sa.String(length=16), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('is_sample', sa.Boolean(), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.CheckConstraint('registration_id IS NOT NULL OR organisation_id IS NOT NULL', name=op.f('ck_intention_whose')),
    sa.ForeignKeyConstraint(['achievement_id'], ['achievement.id'], name=op.f('fk_intention_achievement_id')),
    sa.ForeignKeyConstraint(['contact_request_id'], ['contact_request.id'], name=op.f('fk_intention_contact_request_id')),
    sa.ForeignKeyConstraint(['entered_by_id'], ['person.id'], name=op.f('fk_intention_entered_by_id')),
    sa.ForeignKeyConstraint(['event_id'], ['event.id'], name=op.f('fk_intention_event_id')),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisation.id'], name=op.f('fk_intention_organisation_id')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_intention_person_id')),
    sa.ForeignKeyConstraint(['registration_id'], ['registration.id'], name=op.f('fk_intention_registration_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_intention')),
    sa.UniqueConstraint('event_id', 'achievement_id', 'registration_id', name=op.f('uq_intention_event_id_achievement_id_registration_id')),
    sa.UniqueConstraint('public_id', name=op.f('uq_intention_public_id'))
    )
    with op.batch_alter_table('intention', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_intention_achievement_id'), ['achievement_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_intention_contact_request_id'), ['contact_request_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_intention_organisation_id'), ['organisation_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_intention_registration_id'), ['registration_id'], unique=False)
        batch_op.create_index('uq_intention_organisation', ['event_id', 'achievement_id', 'organisation_id'], unique=True, sqlite_where=sa.text('registration_id IS NULL'), postgresql_where=sa.text('registration_id IS NULL'))

    op.create_table('registration_wish',
    sa.Column('registration_id', sa.Integer(), nullable=False),
    sa.Column('achievement_id', sa.Integer(), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['achievement_id'], ['achievement.id'], name=op.f('fk_registration_wish_achievement_id')),
    sa.ForeignKeyConstraint(['registration_id'], ['registration.id'], name=op.f('fk_registration_wish_registration_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_registration_wish')),
    sa.UniqueConstraint('registration_id', 'achievement_id', name=op.f('uq_registration_wish_registration_id_achievement_id'))
    )
    with op.batch_alter_table('registration_wish', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_registration_wish_achievement_id'), ['achievement_id'], unique=False)

    states = sa.Enum('pending', 'registered', 'waiting', 'offered', 'declined', 'cancelled', name='registrationstate', native_enum=False, create_constraint=True, length=24)
    ways = sa.Enum('in_person', 'online', name='attendance', native_enum=False, create_constraint=True, length=24)
    with op.batch_alter_table('registration', schema=None) as batch_op:
        batch_op.drop_constraint('registrationstate', type_='check')
        batch_op.alter_column('state', type_=states, existing_type=sa.String(length=24), existing_nullable=False)
        batch_op.add_column(sa.Column('attendance', ways, nullable=False, server_default='in_person'))
        batch_op.add_column(sa.Column('accessibility', sa.Text(), nullable=False, server_default=''))
        batch_op.add_column(sa.Column('need', sa.Text(), nullable=False, server_default=''))
        batch_op.add_column(sa.Column('answers', sa.JSON(), nullable=False, server_default='{}'))
        batch_op.add_column(sa.Column('state_reason', sa.Text(), nullable=False, server_default=''))
        batch_op.add_column(sa.Column('waiting_since', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('offered_until', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('checked_in_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('walk_in', sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column('let_in', sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.create_check_constraint(batch_op.f('ck_registration_seat_while_coming'), "seat IS NULL OR state IN ('registered', 'offered')")
        batch_op.create_check_constraint(batch_op.f('ck_registration_offer_ends'), "(state = 'offered') = (offered_until IS NOT NULL)")
    with op.batch_alter_table('registration', schema=None) as batch_op:  # the rows that were there have their values now
        for name in ('attendance', 'accessibility', 'need', 'answers', 'state_reason', 'walk_in', 'let_in'):
            batch_op.alter_column(name, server_default=None)


def downgrade() -> None:
    op.execute("UPDATE registration SET state = 'cancelled', seat = NULL, offered_until = NULL WHERE state NOT IN ('registered', 'cancelled')")
    states = sa.Enum('registered', 'cancelled', name='registrationstate', native_enum=False, create_constraint=True, length=24)
    with op.batch_alter_table('registration', schema=None) as batch_op:
        batch_op.drop_constraint('offer_ends', type_='check')
        batch_op.drop_constraint('seat_while_coming', type_='check')
        batch_op.drop_constraint('registrationstate', type_='check')
        batch_op.alter_column('state', type_=states, existing_type=sa.String(length=24), existing_nullable=False)
        batch_op.drop_constraint('attendance', type_='check')
        batch_op.drop_column('let_in')
        batch_op.drop_column('walk_in')
        batch_op.drop_column('checked_in_at')
        batch_op.drop_column('offered_until')
        batch_op.drop_column('waiting_since')
        batch_op.drop_column('state_reason')
        batch_op.drop_column('answers')
        batch_op.drop_column('need')
        batch_op.drop_column('accessibility')
        batch_op.drop_column('attendance')

    with op.batch_alter_table('registration_wish', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_registration_wish_achievement_id'))

    op.drop_table('registration_wish')
    with op.batch_alter_table('intention', schema=None) as batch_op:
        batch_op.drop_index('uq_intention_organisation', sqlite_where=sa.text('registration_id IS NULL'), postgresql_where=sa.text('registration_id IS NULL'))
        batch_op.drop_index(batch_op.f('ix_intention_registration_id'))
        batch_op.drop_index(batch_op.f('ix_intention_organisation_id'))
        batch_op.drop_index(batch_op.f('ix_intention_contact_request_id'))
        batch_op.drop_index(batch_op.f('ix_intention_achievement_id'))

    op.drop_table('intention')
    with op.batch_alter_table('event_link', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_event_link_registration_id'))
        batch_op.drop_index(batch_op.f('ix_event_link_person_id'))
        batch_op.drop_index(batch_op.f('ix_event_link_event_id'))

    op.drop_table('event_link')
    op.drop_table('registration_terms')