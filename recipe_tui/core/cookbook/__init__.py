"""What a cook can use: recipes in the formats of recipe programs, scaled, converted, with hints, as a shopping list."""
