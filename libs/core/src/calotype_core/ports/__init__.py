"""What Calotype needs of the world: one Protocol a file, its docstring the contract."""
