/* The program: everything is behind the two tables of cli/tables.c. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/cli.h"

/* libarchive ends the process where it has no memory, with the code that means findings: what was not judged has no verdict. */
static void check_end(int code, void *context)
{
	static const char text[] = "assay: a library ended the process: nothing of this run counts\n";
	bool ended = *(bool *)context;
	(void)code;
	free(context);
	if (ended)
		return;
	ssize_t written = write(STDERR_FILENO, text, sizeof text - 1);
	(void)written;
	_exit(EXIT_INCOMPLETE);
}

int main(int argc, char **argv)
{
	bool *ended = calloc(1, sizeof *ended); /* main's own variables are gone when it is looked at */
	if (!ended || on_exit(check_end, ended) != 0) {
		fprintf(stderr, "assay: out of memory\n");
		free(ended);
		return EXIT_INCOMPLETE;
	}
	int code = cli_main(argc, argv);
	*ended = true;
	return code;
}
