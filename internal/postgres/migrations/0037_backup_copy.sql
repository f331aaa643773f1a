-- backup: when which part was copied the last time, as `easel backup` notes it. One row for each part; nothing about anybody.
create table easel.backup_copy (
    part text primary key check (part in ('data', 'keys')),
    at   timestamptz not null
);
grant select, insert, update, delete on easel.backup_copy to easel_app;
