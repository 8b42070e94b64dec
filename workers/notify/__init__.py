"""Telling people what is wrong: causes from the database, messages, the outbox, its sender."""
