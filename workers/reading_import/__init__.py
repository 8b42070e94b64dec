"""Readings that people bring: leads of a call centre, valid leads, figures of an old sheet."""
