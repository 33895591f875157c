"""The rules of every sale format: pure, exact, standard library only."""
