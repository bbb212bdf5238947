// Stands in for a Terraform provider where the real one cannot be had: it has the real one's schema (schema.json beside
// the program, in the form of `terraform providers schema -json`) and a made-up cloud that says yes to everything.
// Values that only a cloud knows come from answers.json, or are made up from the names.
package main

import (
	"encoding/json"
	"log"
	"os"
	"path/filepath"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6/tf6server"
)

func main() {
	program, err := os.Executable()
	if err != nil {
		log.Fatal(err)
	}
	folder := filepath.Dir(program)
	cloud := &provider{}
	read(filepath.Join(folder, "schema.json"), &cloud.schema)
	read(filepath.Join(folder, "answers.json"), &cloud.answers)
	server := func() tfprotov6.ProviderServer { return cloud }
	if err := tf6server.Serve("example.invalid/stand-in/provider", server); err != nil {
		log.Fatal(err)
	}
}

func read(file string, into any) {
	text, err := os.ReadFile(file)
	if err == nil {
		err = json.Unmarshal(text, into)
	}
	if err != nil {
		log.Fatalf("%s: %v", file, err)
	}
}
