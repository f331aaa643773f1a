-- generation: what a sketch is drawn with, and what there is to say about a portrait that is done.

alter table easel.generation_run
    add column ink text not null default '' -- empty: the style's own
        check (ink in ('', 'graphite', 'sanguine', 'blue-pencil', 'pen')),
    add column note text not null default '';
