package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
)

const (
	smallGroup = 100
	addToSmall = "add one member, group of 100"
	addToLarge = "add one member, group of all"
)

// groups are two of a world: one with a few members, and one with everybody else
// whom the world was filled with. Each is in one of them.
type groups struct {
	small, large string     // ids
	department   string     // what makes a hire a member of the large one
	members      []employee // hired into the large one; the first of them were moved
}

// group is a SCIM Group (RFC 7643 §4.2).
type group struct {
	Schemas     []string      `json:"schemas"`
	ID          string        `json:"id,omitempty"`
	DisplayName string        `json:"displayName"`
	Members     []groupMember `json:"members,omitempty"`
}

type groupMember struct {
	Value string `json:"value"`
	Ref   string `json:"$ref,omitempty"`
	Type  string `json:"type,omitempty"`
	Name  string `json:"display,omitempty"`
}

// found makes the two groups.
func (w *world) found() error {
	_, err := w.crowd(1, func(k *worker) error {
		for name, id := range map[string]*string{"SMALL": &w.groups.small, "LARGE": &w.groups.large} {
			a, err := k.ask(http.MethodPost, "/Groups", encode(group{Schemas: []string{groupSchema}, DisplayName: name}))
			if err := a.expect(http.StatusCreated, err); err != nil {
				return err
			}
			var made group
			if err := json.Unmarshal(a.body, &made); err != nil {
				return err
			}
			*id = made.ID
		}
		return nil
	})
	w.groups.department = "LARGE"
	return err
}

// settle moves the first of the staff into the small group.
func (w *world) settle() error {
	_, err := w.crowd(1, func(k *worker) error {
		for _, e := range w.groups.members[:smallGroup] {
			a, err := k.ask(http.MethodPatch, "/Groups/"+w.groups.small, addMember(e))
			if err := a.expect(http.StatusNoContent, err); err != nil {
				return err
			}
		}
		return nil
	})
	return err
}

func addMember(e employee) []byte {
	value := encode([]groupMember{{Value: e.id}})
	return encode(patch{Schemas: []string{patchSchema}, Operations: []patchOperation{{Op: "add", Path: "members", Value: value}}})
}

// member is somebody of the large group whom no other worker picks.
func (k *worker) member() employee { return k.pick(k.world.groups.members[smallGroup:]) }

// joinSmall moves a member of the large group into the small one, and back.
func (k *worker) joinSmall() error {
	e := k.member()
	if err := k.joinTimed(k.world.groups.small, e, true); err != nil {
		return err
	}
	return k.join(k.world.groups.large, e)
}

// joinLarge is joinSmall for whoever looks at the way back.
func (k *worker) joinLarge() error {
	e := k.member()
	if err := k.join(k.world.groups.small, e); err != nil {
		return err
	}
	return k.joinTimed(k.world.groups.large, e, false)
}

func (k *worker) joinTimed(group string, e employee, small bool) error {
	_, err := k.timed(http.MethodPatch, "/Groups/"+group, addMember(e), http.StatusNoContent)
	if err == nil && k.checks() {
		err = k.readSmall(e, small)
	}
	return err
}

func (k *worker) join(group string, e employee) error {
	a, err := k.ask(http.MethodPatch, "/Groups/"+group, addMember(e))
	return a.expect(http.StatusNoContent, err)
}

// readSmall asks, off the clock, whether the employee is in the small group.
func (k *worker) readSmall(e employee, want bool) error {
	a, err := k.ask(http.MethodGet, "/Groups/"+k.world.groups.small, nil)
	if err := a.expect(http.StatusOK, err); err != nil {
		return err
	}
	if in := bytes.Contains(a.body, []byte(`"`+e.id+`"`)); in != want {
		return fmt.Errorf("%s is in the small group: %t, expected %t", e.id, in, want)
	}
	return nil
}

// mostShown is how many members of a group a GET shows.
const mostShown = 1000

// getLarge reads a group with its members.
func (k *worker) getLarge() error {
	a, err := k.timed(http.MethodGet, "/Groups/"+k.world.groups.large, nil, http.StatusOK)
	if err != nil || len(k.took) > 1 && !k.checks() {
		return err
	}
	var read group
	if err := json.Unmarshal(a.body, &read); err != nil {
		return err
	}
	if want := min(len(k.world.groups.members)-smallGroup, mostShown); len(read.Members) != want {
		return fmt.Errorf("%d members are shown, expected %d", len(read.Members), want)
	}
	return nil
}
