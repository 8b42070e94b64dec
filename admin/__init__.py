"""People's doors: the `danga` command line."""
