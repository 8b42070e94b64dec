"""Figures, each measured by a command."""
