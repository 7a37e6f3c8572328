SELECT ledger.manifest_hash()
