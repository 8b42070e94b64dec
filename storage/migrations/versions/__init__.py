"""One small file per revision, named by its number and what it adds."""
