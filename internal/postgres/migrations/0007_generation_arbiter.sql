-- generation: whoever reads the queue's table has to be able to evaluate the condition of its unique index.
--
-- PostgreSQL keeps that condition for each connection as the first reader saw it, and simplifies it only for roles that
-- may call the function in it. A connection on which generation_lost ran first then found no index for River's
-- "on conflict", and no job could be queued on it.

grant execute on function river.river_job_state_in_bitmask(bit, river.river_job_state) to easel_sweep;
