// osvclient asks an OSV API through osv.dev's own bindings: a question a line in, an answer a line out.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"

	"osv.dev/bindings/go/api"
	"osv.dev/bindings/go/osvdev"

	"google.golang.org/protobuf/encoding/protojson"
)

type question struct {
	Op      string            `json:"op"` // query, batch or get
	ID      string            `json:"id"`
	Queries []json.RawMessage `json:"queries"` // in OSV's form
}

type answer struct {
	IDs   [][]string `json:"ids"`  // of each query
	Next  []string   `json:"next"` // the token of its next page
	Error string     `json:"error,omitempty"`
}

func list(client *osvdev.OSVClient, asked question) ([]*api.VulnerabilityList, error) {
	queries := []*api.Query{}
	for _, raw := range asked.Queries {
		query := &api.Query{}
		if err := protojson.Unmarshal(raw, query); err != nil {
			return nil, err
		}
		queries = append(queries, query)
	}
	if asked.Op == "batch" {
		got, err := client.QueryBatch(context.Background(), queries)
		if err != nil {
			return nil, err
		}
		all := []*api.VulnerabilityList{}
		for _, one := range got.GetResults() {
			all = append(all, one)
		}
		return all, nil
	}
	got, err := client.Query(context.Background(), queries[0])
	return []*api.VulnerabilityList{got}, err
}

func ask(client *osvdev.OSVClient, asked question) (answer, error) {
	out := answer{}
	if asked.Op == "get" {
		got, err := client.GetVulnByID(context.Background(), asked.ID)
		if err == nil {
			out.IDs = [][]string{{got.GetId()}}
		}
		return out, err
	}
	lists, err := list(client, asked)
	if err != nil {
		return out, err
	}
	for _, one := range lists {
		ids := []string{}
		for _, vulnerability := range one.GetVulns() {
			ids = append(ids, vulnerability.GetId())
		}
		out.IDs = append(out.IDs, ids)
		out.Next = append(out.Next, one.GetNextPageToken())
	}
	return out, nil
}

func main() {
	client := osvdev.DefaultClient()
	client.BaseHostURL = os.Args[1]
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 64<<20)
	for lines.Scan() {
		asked := question{}
		if err := json.Unmarshal(lines.Bytes(), &asked); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		got, err := ask(client, asked)
		if err != nil {
			got.Error = err.Error()
		}
		text, _ := json.Marshal(got)
		fmt.Println(string(text))
	}
}
