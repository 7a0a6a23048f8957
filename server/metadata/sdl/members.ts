/**
 * What the schema of the metadata API says of people: members, invitations, whoever asks. Contract: metadata.md 1.1;
 * docs/members.md.
 */

export const MEMBERS_SDL = /* GraphQL */ `
  type FullName { firstName: String!, lastName: String! }
  type MemberRole { id: UUID!, label: String! }
  type WorkspaceMember {
    "Of the record among the workspace's members, and what createdBy.workspaceMemberId says"
    id: UUID!
    userId: UUID!
    name: FullName!
    userEmail: String!
    avatarUrl: String
    role: MemberRole!
    "The same, as a list"
    roles: [MemberRole!]!
    createdAt: DateTime!
  }

  type User {
    id: UUID!
    email: String!
    name: String!
    firstName: String!
    lastName: String!
    createdAt: DateTime!
    "In the workspace of this request"
    workspaceMember: WorkspaceMember
    workspaces: [UserWorkspace!]!
  }
  type UserWorkspace {
    "Of the member that the person is there"
    id: UUID!
    role: MemberRole!
    workspace: WorkspaceOfUser!
  }
  type WorkspaceOfUser {
    id: UUID!
    "What X-Plinth-Workspace says"
    name: String!
    displayName: String
  }

  type Invitation {
    id: UUID!
    "Null where the link is for everybody"
    email: String
    role: MemberRole!
    expiresAt: DateTime!
    createdAt: DateTime!
  }
  type NewInvitation {
    id: UUID!
    email: String
    role: MemberRole!
    expiresAt: DateTime!
    createdAt: DateTime!
    "Shown only here; no mail is sent"
    link: String!
  }
  input CreateInvitationInput {
    "Without one the link is for everybody, as long as the workspace's isPublicInviteLinkEnabled is true"
    email: String
    "Else what new members are"
    roleId: UUID
  }
  input UpdateWorkspaceMemberInput { roleId: UUID! }
  extend type Role {
    workspaceMembers: [WorkspaceMember!]!
  }
  extend type Query {
    "For people who are signed in"
    currentUser: User!
    workspaceMembers: [WorkspaceMember!]!
    "Those that are open"
    invitations: [Invitation!]!
  }
  extend type Mutation {
    updateWorkspaceMemberRole(workspaceMemberId: UUID!, roleId: UUID!): WorkspaceMember!
    "Answers the member as it was"
    removeWorkspaceMember(workspaceMemberId: UUID!): WorkspaceMember!
    "For people who are signed in"
    leaveWorkspace: Boolean!
    """
    For people who are signed in, as far as the server lets them; they are its Admin. A name is 1 to 40 lower-case letters,
    digits and underscores, a letter first
    """
    createWorkspace(name: String!, displayName: String): UserWorkspace!
    createInvitation(input: CreateInvitationInput!): NewInvitation!
    "Another link for the same, in the place of the former one"
    resendInvitation(id: UUID!): NewInvitation!
    revokeInvitation(id: UUID!): Boolean!
  }
`;
