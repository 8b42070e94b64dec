"""The database side: tables, vault, leases, visits, readings."""
