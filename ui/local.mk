bin_PROGRAMS += el2sim
el2sim_SOURCES = ui/main.c
el2sim_LDADD = libel2sim.a $(SIM_LIBS)
