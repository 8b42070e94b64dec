"""Spreadsheets that people keep: read with the cell of everything, and written for them."""
