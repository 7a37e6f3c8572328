SELECT ledger.manifest()
