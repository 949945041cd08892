"""Policies of the organization above the accounts, from the tables of what those need."""
