"""programme drafts"""

import secrets

import sqlalchemy as sa
from alembic import op

revision = '0007'
down_revision = '0006'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('agenda_step',
    sa.Column('event_id', sa.Integer(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('act', sa.Enum('begin', 'add', 'change', 'move', 'remove', 'minutes', 'frame', 'take_out', 'discard', 'publish', name='agendaact', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('about', sa.String(length=160), nullable=False),
    sa.Column('items', sa.JSON(), nullable=False),
    sa.Column('by_id', sa.Integer(), nullable=True),
    sa.Column('version', sa.Integer(), nullable=True),
    sa.Column('starts_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('changes', sa.JSON(), nullable=False),
    sa.Column('told', sa.Enum('concerned', 'everybody', 'nobody', name='told', native_enum=False, create_constraint=True, length=24), nullable=True),
    sa.Column('mails', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['by_id'], ['person.id'], name=op.f('fk_agenda_step_by_id')),
    sa.ForeignKeyConstraint(['event_id'], ['event.id'], name=op.f('fk_agenda_step_event_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_agenda_step')),
    sa.UniqueConstraint('event_id', 'number', name=op.f('uq_agenda_step_event_id_number')),
    sa.UniqueConstraint('event_id', 'version', name=op.f('uq_agenda_step_event_id_version'))
    )
    with op.batch_alter_table('agenda_step', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_agenda_step_by_id'), ['by_id'], unique=False)
    op.create_table('speaker_time',
    sa.Column('event_id', sa.Integer(), nullable=False),
    sa.Column('speaker', sa.String(length=80), nullable=False),
    sa.Column('starts_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ends_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.CheckConstraint('ends_at > starts_at', name=op.f('ck_speaker_time_ends_after_start')),
    sa.ForeignKeyConstraint(['event_id'], ['event.id'], name=op.f('fk_speaker_time_event_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_speaker_time')),
    sa.UniqueConstraint('event_id', 'speaker', 'starts_at', name=op.f('uq_speaker_time_event_id_speaker_starts_at'))
    )
    with op.batch_alter_table('event', schema=None) as batch_op:
        batch_op.add_column(sa.Column('room_facts', sa.JSON(), nullable=True))
        batch_op.add_column(sa.Column('walking_minutes', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('rule_levels', sa.JSON(), nullable=True))
    with op.batch_alter_table('agenda_item', schema=None) as batch_op:
        batch_op.add_column(sa.Column('public_id', sa.String(length=16), nullable=True))
    _fill()
    with op.batch_alter_table('event', schema=None) as batch_op:
        batch_op.alter_column('room_facts', existing_type=sa.JSON(), nullable=False)
        batch_op.alter_column('walking_minutes', existing_type=sa.Integer(), nullable=False)
        batch_op.alter_column('rule_levels', existing_type=sa.JSON(), nullable=False)
    with op.batch_alter_table('agenda_item', schema=None) as batch_op:
        batch_op.alter_column('public_id', existing_type=sa.String(length=16), nullable=False)
        batch_op.create_unique_constraint(batch_op.f('uq_agenda_item_public_id'), ['public_id'])


def _fill() -> None:
    """Roadshows get the usual settings, items a name that stays when a new version of the programme replaces them."""
    connection = op.get_bind()
    event = sa.table('event', sa.column('room_facts', sa.JSON), sa.column('rule_levels', sa.JSON), sa.column('walking_minutes', sa.Integer))
    connection.execute(sa.update(event).values(room_facts={}, rule_levels={}, walking_minutes=10).execution_options(bulk=True))
    item = sa.table('agenda_item', sa.column('id', sa.Integer), sa.column('public_id', sa.String))
    alphabet = '23456789abcdefghjkmnpqrstuvwxyz'
    for key in connection.scalars(sa.select(item.c.id)).all():
        name = ''.join(secrets.choice(alphabet) for _ in range(10))
        connection.execute(sa.update(item).where(item.c.id == key).values(public_id=name).execution_options(bulk=True))


def downgrade() -> None:
    with op.batch_alter_table('agenda_item', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('uq_agenda_item_public_id'), type_='unique')
        batch_op.drop_column('public_id')
    with op.batch_alter_table('event', schema=None) as batch_op:
        batch_op.drop_column('rule_levels')
        batch_op.drop_column('walking_minutes')
        batch_op.drop_column('room_facts')
    op.drop_table('speaker_time')
    with op.batch_alter_table('agenda_step', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_agenda_step_by_id'))
    op.drop_table('agenda_step')
