libel2sim_a_SOURCES += tracetool/command.c tracetool/compare.c tracetool/count.c tracetool/internal.h tracetool/print.c
libel2sim_a_SOURCES += tracetool/search.c tracetool/tracetool.h
libel2sim_a_SOURCES += tracetool/view.c tracetool/view.h

# The page of `el2sim trace view` as C text.
VIEW_PAGE = tracetool/view/page.html tracetool/view/page.css tracetool/view/model.js tracetool/view/draw.js tracetool/view/panel.js \
	tracetool/view/main.js
noinst_PROGRAMS += tracetool/embed
tracetool_embed_SOURCES = tracetool/embed.c
tracetool/view_page.c: tracetool/embed$(EXEEXT) $(VIEW_PAGE)
	$(AM_V_GEN)tracetool/embed$(EXEEXT) view_page $@ $(srcdir)/tracetool/view/page.html
nodist_libel2sim_a_SOURCES = tracetool/view_page.c
CLEANFILES += tracetool/view_page.c
EXTRA_DIST += $(VIEW_PAGE)
