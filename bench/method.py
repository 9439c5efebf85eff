"""How it is measured: the words below the table of `docs/reference/benchmarks.md`."""

from __future__ import annotations

from typing import Final

METHOD: Final = """\
`make bench` measures all of this anew, writes `bench/results/latest.json` and makes this page from it;
`make bench ARGS="--list"` lists the benchmarks, `--only NAME` runs one of them, `--rounds` and `--seconds` make
it last longer.

## How it is measured

- Ours and the peer take turns in one run, ours first, at least three times each. A figure is the median of its
  side; the ratio is the median of the ratios of each pair of turns, ours over the peer's, so that a machine that
  slows down in between bends it least.
- The service runs as `seriatim serve` does, with its default settings: one worker, OAuth on every request, one
  JSON log line a request at level info, written to a file; SQLite with `synchronous=FULL`, PostgreSQL with `fsync`
  and `synchronous_commit` on. Server, database and load generator share the machine, on 127.0.0.1.
- *A bare Starlette JSON endpoint* stands on the same server (uvicorn, uvloop, httptools, one worker). It gives
  back, by `JSONResponse`, the very object that ours answers; for PUT and POST it reads and parses the body first.
  It knows no callers, no database, no log and no limits.
- *Async callers* are 64 coroutines on one event loop (uvloop) in one process, which ask the coalescing issuer and
  collect garbage as the service does, each for one number at a time; *library* is `seriatim.Numbering.issue`, by threads of one
  process. The register's entry with its hash, the series' new state and the commit are all in the figure; what was
  answered must be what the series moved by.
- The peers on PostgreSQL write the same columns into a table with the register's own columns, checks and indexes
  (`LIKE seriatim_register INCLUDING ALL`); where a register has a hash they write 32 constant bytes and compute
  nothing. `nextval()` is one statement a transaction, by `pgbench -M prepared`, and its gaps are not looked at.
  `django-sequences` takes its number and inserts in one transaction, each thread on a connection of its own.
- *By hand in a loop* is one process without anybody else: lock the series, hash the entry, insert it, update the
  series, commit, on the register's own tables (SQLite: apsw, WAL, `synchronous=FULL`). It checks no request, looks up
  no set and knows no other series; what it writes passes `seriatim verify`.
- The load generator is a process of its own (uvloop, raw sockets): 64 connections, kept alive, one request at a
  time each. Every answer must have status 200, be as long as it says, and be a success; one in 64 is read as JSON.
  One answer that is not, and the benchmark fails. Idempotency keys are UUIDs, a new one for each request. The column *load* tells the most that the generator took of one
  processor; near 1 it would be the bottleneck.
- The database holds 512 sets beside DEFAULT, each with five series of its own. Where numbers are issued, the
  series must have moved by exactly as many as were answered.
- A register of ten million entries holds them in the one series that is asked, put there by SQL, with filler for
  hashes: issuing reads the last one alone.
- Over 100 series, a caller's next number comes from the next series. In two processes, 32 callers each ask for
  numbers of the one series.
- Verifying recomputes every hash and every invariant, in slices. The bare chain is
  `head = sha256(head + canonical).digest()` over canonical bytes that lie ready in memory. Peak memory is that of a
  process that does nothing else, as Linux counts it (`VmHWM`).
- A bill run sends 680 batches a turn, 34 000 invoices, over 4 connections, and is timed from the first connection to
  the last answer: three turns make one of 102 000 invoices. Its peer's turns last as long as any other's.
- A page of the long and of the short list holds five sets or two invoices, so that both sides read as many rows
  and answer as much. Each request for one has an address of its own (a parameter that the service ignores), so that no answer kept from
  before helps. The million invoices are copies, put there by SQL, of four that the service made, dealt out to two
  accounts and two states; a filter keeps half of them.
- Pages of the console are asked for with the cookie of a session, by four connections, and must be whole. The days of
  the long register were counted before, as the service had done by then.
"""
