"""A made-up telecom operator's complaints: the material of the sample source. Nobody wrote these tickets."""
