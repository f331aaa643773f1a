-- vault: by what a clock is judged that was set while nothing ran: how long the machine had been up when the time was last noted.
alter table easel.vault_clock
    add column boot   text,     -- which start of which machine that was; null: not known
    add column passed interval, -- since that start
    add column doubt  boolean not null default false; -- it stands still because nothing vouches for the time that nothing ran
