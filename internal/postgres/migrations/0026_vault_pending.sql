-- vault: unfinished objects are found by an index as well. Without it every sweep read all objects there are.

create index vault_object_pending on easel.vault_object (created_at) where state = 'pending';
