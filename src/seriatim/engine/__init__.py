"""The engine: allocates numbers, chains entries, keeps texts apart; knows no database."""
