"""What belongs to a watch and is not in it: families, relatives with their counts, and remarks."""
