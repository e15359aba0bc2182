"""Fetching what stands at an address that a person typed, so that nobody reaches by it what only this machine can."""
