"""A site with everything that an API can nest, for the walk through the APIs."""
