"""The words everybody shares. Standard library only; imports nothing of ours."""
