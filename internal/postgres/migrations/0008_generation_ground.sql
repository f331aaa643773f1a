-- generation: what becomes of what is behind the subject, and the force of the hand.

alter table easel.generation_run
    add column background text not null default '' -- empty: the style's own
        check (background in ('', 'none', 'soft', 'edge', 'plain')),
    add column strength smallint not null default 100 -- percent
        check (strength between 50 and 150);
