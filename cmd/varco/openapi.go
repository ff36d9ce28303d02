package main

import (
	"context"
	"flag"
	"fmt"

	"varco/scim"
)

func runOpenAPI(_ context.Context, args []string, std stdio) error {
	flags := flag.NewFlagSet("openapi", flag.ContinueOnError)
	url := flags.String("url", "https://varco.example/scim/v2", "address of the SCIM service")
	if err := parse(flags, args, std, 0); err != nil {
		return err
	}
	_, err := fmt.Fprintf(std.out, "%s\n", scim.OpenAPI(*url))
	return err
}
