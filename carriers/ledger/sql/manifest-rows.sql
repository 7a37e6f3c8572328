SELECT account, amount::text AS amount, entry FROM ledger.entry WHERE month = '2026-05' ORDER BY entry COLLATE "C"
