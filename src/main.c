/* The program: everything is behind the two tables of cli/tables.c. */
#include "cli/cli.h"

int main(int argc, char **argv)
{
	return cli_main(argc, argv);
}
